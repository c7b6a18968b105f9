"""Make room for stories of several articles."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Take the one step forward; there is none back."""
    op.create_table(
        "story_part",
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("story", sa.BigInteger(), nullable=False),
        sa.Column("copy_of", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"]),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_story_part")),
    )
    op.create_index(op.f("ix_story_part_story"), "story_part", ["story"])
    op.create_table(
        "story_merge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=False),
        sa.Column("into", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_merge")),
    )
    op.create_index(op.f("ix_story_merge_gone"), "story_merge", ["gone"], unique=True)
    op.create_index(op.f("ix_story_merge_into"), "story_merge", ["into"])
    op.create_index(op.f("ix_judgement_story"), "judgement", ["story"])
