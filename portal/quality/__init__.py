"""Records that are stale, incomplete or contradictory, worked through."""
