"""The crash drill: the portal as in production, clients that work in it, kills at random, and an independent count."""
