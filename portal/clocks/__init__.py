"""Working days, Welsh bank holidays and the two clocks of a referral; pure: now and holidays passed in."""
