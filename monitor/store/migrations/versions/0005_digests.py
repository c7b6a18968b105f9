"""Make room for what digests tell anew, and remember the items that a feed's last poll has shown."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Take the one step forward; there is none back."""
    big_key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    _add("feed", sa.Column("item_hashes", sa.LargeBinary(), nullable=False, server_default=""))
    _add("feed", sa.Column("blocked", sa.Boolean(), nullable=False, server_default=sa.false()))
    _add("feed", sa.Column("gap_from", sa.DateTime(timezone=True), nullable=True))
    _add("feed", sa.Column("gap_until", sa.DateTime(timezone=True), nullable=True))
    _add("feed", sa.Column("hours", sa.JSON(), nullable=False, server_default="[]"))
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
        sa.Column("id", big_key, autoincrement=True, nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=False),
        sa.Column("into", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_merge")),
    )
    op.create_index(op.f("ix_story_merge_gone"), "story_merge", ["gone"], unique=True)
    op.create_index(op.f("ix_story_merge_into"), "story_merge", ["into"])
    op.create_index(op.f("ix_judgement_story"), "judgement", ["story"])
    op.create_table(
        "mute",
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("recipient", "kind", "about", name=op.f("pk_mute")),
    )
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
    op.create_table(
        "summary",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_summary")),
    )
    _add("digest", sa.Column("updates", sa.JSON(), nullable=False, server_default="[]"))
    _add("digest", sa.Column("article", sa.BigInteger(), nullable=False, server_default="0"))
    _add("digest", sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))
    _add("recipient", sa.Column("heard", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_sighting_feed_id_at", "sighting", ["feed_id", "at"])
    # Articles that are stored already are never an alert. The default stays: without it the whole table is copied.
    op.add_column("article", sa.Column("caught_up", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("article", sa.Column("publisher", sa.Text(), nullable=False, server_default=""))


def _add(table: str, column: sa.Column) -> None:  # type: ignore[type-arg]
    """Add a column, filled where there are rows, with no default left behind."""
    with op.batch_alter_table(table) as batch:
        batch.add_column(column)
    with op.batch_alter_table(table) as batch:
        batch.alter_column(column.name, server_default=None)
