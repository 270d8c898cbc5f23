"""Alembic's entry point: the store hands over an open connection and commits by itself."""

from __future__ import annotations

from alembic import context

from dashboard.store.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("Migrations run through dashboard.store.open_store, which holds the lock.")
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
