"""The portal's own PostgreSQL, for `make run` and for tests: a private cluster in PORTAL_HOME.

Why it works as it does: docs/decisions/0002-own-postgresql.md. Standard library only.
"""

from .cluster import Cluster
from .programs import PostgresUnavailable, find_bin, find_clients

__all__ = ["Cluster", "PostgresUnavailable", "find_bin", "find_clients"]
