"""Keep what articles said before, how much of it each recipient was told, and when a feed was not read."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"


def upgrade() -> None:
    """Take the one step forward; there is none back."""
    big_key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "version",
        sa.Column("id", big_key, autoincrement=True, nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"]),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_version_article_id"), "version", ["article_id"])
    op.create_table(
        "had_change",
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("story", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("digest_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"]),
        sa.PrimaryKeyConstraint("recipient", "topic", "story", "said", name=op.f("pk_had_change")),
    )
    op.create_index(op.f("ix_had_change_digest_id"), "had_change", ["digest_id"])
    with op.batch_alter_table("digest") as digest:
        digest.add_column(sa.Column("updates", sa.JSON(), nullable=False, server_default="[]"))
        digest.add_column(sa.Column("article", sa.BigInteger(), nullable=False, server_default="0"))
        digest.add_column(sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("recipient") as recipient:
        recipient.add_column(sa.Column("heard", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("feed") as feed:
        feed.add_column(sa.Column("gap_from", sa.DateTime(timezone=True), nullable=True))
        feed.add_column(sa.Column("gap_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_sighting_feed_id_at", "sighting", ["feed_id", "at"])
