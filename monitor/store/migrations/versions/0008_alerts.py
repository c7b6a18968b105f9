"""Make room for alerts: which articles a first poll brought, that are none."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0004"


def upgrade() -> None:
    """Take the one step forward; there is none back.

    What is stored already is never an alert. The default stays: without it SQLite would copy the whole table.
    """
    op.add_column("article", sa.Column("caught_up", sa.Boolean(), nullable=False, server_default=sa.true()))
