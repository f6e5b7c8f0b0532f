"""(stub)"""
SECTIONS = {k: k for k in "record readers cohorts needs sources edits pairs keeping copies referrals releases messages appointments chases meetings".split()}
