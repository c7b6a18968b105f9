"""Make room for what digests tell anew, and remember the items that a feed's last poll has shown."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Take the one step forward; there is none back."""
    _add("feed", sa.Column("item_hashes", sa.LargeBinary(), nullable=False, server_default=""))
    op.create_table(
        "mute",
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("recipient", "kind", "about", name=op.f("pk_mute")),
    )


def _add(table: str, column: sa.Column) -> None:  # type: ignore[type-arg]
    """Add a column, filled where there are rows, with no default left behind."""
    with op.batch_alter_table(table) as batch:
        batch.add_column(column)
    with op.batch_alter_table(table) as batch:
        batch.alter_column(column.name, server_default=None)
