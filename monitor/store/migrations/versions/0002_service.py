"""Make room for the service: addresses that bounce, troubles, messages in several posts, settings of its own."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Take the one step forward; there is none back."""
    op.create_table(
        "address",
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("bounces", sa.Integer(), nullable=False),
        sa.Column("off", sa.Text(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "address", name=op.f("pk_address")),
    )
    op.create_table(
        "trouble",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_trouble")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    _add("recipient", sa.Column("paused", sa.Boolean(), nullable=False, server_default=sa.false()))
    _add("digest", sa.Column("kind", sa.String(), nullable=False, server_default="digest"))
    _add("digest", sa.Column("told", sa.JSON(), nullable=False, server_default="[]"))
    _add("delivery", sa.Column("unsure", sa.Boolean(), nullable=False, server_default=sa.false()))
    _add("delivery", sa.Column("progress", sa.JSON(), nullable=False, server_default="[]"))
    _tell_digests_what_they_told()
    op.execute("UPDATE digest SET kind = 'again' WHERE slot LIKE 'again-%'")


def _add(table: str, column: sa.Column) -> None:  # type: ignore[type-arg]
    """Add a column, filled where there are rows, with no default left behind."""
    with op.batch_alter_table(table) as batch:
        batch.add_column(column)
    with op.batch_alter_table(table) as batch:
        batch.alter_column(column.name, server_default=None)


def _tell_digests_what_they_told() -> None:
    told: dict[int, list[str]] = {}
    connection = op.get_bind()
    for digest_id, topic, story in connection.execute(sa.text("SELECT digest_id, topic, story FROM had")):
        told.setdefault(digest_id, []).append(f"{topic}-{story}")
    for digest_id, stories in told.items():
        connection.execute(
            sa.text("UPDATE digest SET told = :told WHERE id = :id"), {"told": json.dumps(stories), "id": digest_id}
        )
