"""Remember the items that a feed's last poll has shown."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Take the one step forward; there is none back."""
    with op.batch_alter_table("feed") as batch:
        batch.add_column(sa.Column("item_hashes", sa.LargeBinary(), nullable=False, server_default=""))
    with op.batch_alter_table("feed") as batch:
        batch.alter_column("item_hashes", server_default=None)
