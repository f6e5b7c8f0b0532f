"""The life of a referral: states, actions, inbox and the page of one referral."""
