"""Alembic's entry: runs on the connection that `portal.schema` passes in, as the owner of the tables.

Whoever waits for a lock on a table makes everybody behind them wait as well, readers included: so no statement waits
longer than this for one. `portal.schema` tries again.
"""

from alembic import context

connection = context.config.attributes["connection"]
connection.exec_driver_sql("SET lock_timeout = '1s'")
connection.commit()
context.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
