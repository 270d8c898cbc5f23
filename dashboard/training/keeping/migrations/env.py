"""Alembic's entry point: the journal hands over an open connection and commits by itself."""

from __future__ import annotations

from alembic import context

from dashboard.training.keeping.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("Migrations run through open_training, which holds the lock.")
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
