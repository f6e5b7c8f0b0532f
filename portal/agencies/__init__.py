"""Areas, agencies and their services: the directory that referrals are sent to."""
