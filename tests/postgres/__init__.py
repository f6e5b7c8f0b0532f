"""The portal's own PostgreSQL, tried with real servers and real processes."""
