"""Tests of users: signing in, one's own account, and what administrators do."""
