"""The job queue's tables, as huey 3.5 would create them itself were it the owner, and the worker's heartbeat."""

from alembic import op

revision, down_revision = "0007", "0006"
branch_labels = depends_on = None

TABLES = """
CREATE TABLE huey_kv (
    queue text NOT NULL,
    key text NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (queue, key)
);
CREATE TABLE huey_schedule (
    id bigserial PRIMARY KEY,
    queue text NOT NULL,
    data bytea NOT NULL,
    timestamp double precision NOT NULL
);
CREATE INDEX huey_schedule_queue_timestamp ON huey_schedule (queue, timestamp);

CREATE TABLE huey_task (
    id bigserial PRIMARY KEY,
    queue text NOT NULL,
    data bytea NOT NULL,
    priority double precision NOT NULL DEFAULT 0.0
);
CREATE INDEX huey_task_queue_priority_id ON huey_task (queue, priority DESC, id);

CREATE TABLE huey_counter (
    queue text NOT NULL,
    key text NOT NULL,
    value bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (queue, key)
);

CREATE TABLE worker_heartbeat (
    name text PRIMARY KEY,
    at timestamptz NOT NULL
);
"""


def upgrade() -> None:
    app = op.get_context().config.attributes["app_role"]
    op.execute(TABLES)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON huey_kv, huey_schedule, huey_task, huey_counter TO {app}")
    op.execute(f"GRANT USAGE ON SEQUENCE huey_schedule_id_seq, huey_task_id_seq TO {app}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON worker_heartbeat TO {app}")
