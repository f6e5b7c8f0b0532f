"""Faults beneath the portal, with real processes: gunicorn, the worker and a PostgreSQL of their own."""
