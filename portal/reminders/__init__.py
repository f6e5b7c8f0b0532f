"""What the portal tells people by itself: the daily digest, and drafts that are about to go."""
