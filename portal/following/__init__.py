"""The page of one referral: where it stands, what can be done, everything that has happened."""
