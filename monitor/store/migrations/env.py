"""Runs the migrations on the connection that `monitor.store.database` hands over."""

from alembic import context

from monitor.store import rows

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=rows.METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
