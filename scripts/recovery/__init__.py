"""Drills: a database taken back to the last second, a portal migrated while it is used. Loopback only."""
