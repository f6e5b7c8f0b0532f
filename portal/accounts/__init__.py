"""Users, sign-in, sessions and one-time links."""
