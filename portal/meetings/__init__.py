"""The multi-agency meeting: its pack, and what was decided about each referral."""
