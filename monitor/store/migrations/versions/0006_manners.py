"""Remember what feeds ask of those who poll them, what gave their validators, and which servers say nothing.

Vectors of encoders that were named are forgotten.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Take the one step forward; there is none back."""
    columns: tuple[sa.Column[Any], ...] = (
        sa.Column("validators_at", sa.Text(), nullable=False, server_default=""),
        sa.Column("asked_minutes", sa.Float(), nullable=False, server_default="0"),
        sa.Column("skip_hours", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("skip_days", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("unanswered", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    with op.batch_alter_table("feed") as batch:
        for column in columns:
            batch.add_column(column)
    with op.batch_alter_table("feed") as batch:  # filled where there are rows, no default is left behind
        for column in columns:
            batch.alter_column(column.name, server_default=None)
    # those of other encoders held what all of a model's vectors share; they are made anew without it
    op.execute("DELETE FROM vector WHERE encoder <> 'use-multilingual'")
