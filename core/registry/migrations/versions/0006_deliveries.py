"""files that are scored, and files of labels"""

import sqlalchemy as sa
from alembic import op

from core.registry import types  # noqa: F401  (STRICT spellings)

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mtime_ns", sa.Integer(), nullable=False),
        sa.Column("ctime_ns", sa.Integer(), nullable=False),
        sa.Column("inode", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("seen_at", sa.Text(), nullable=False),
        sa.Column("done_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["model"], ["recipe.name"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("model", "purpose", "path"),
        sqlite_strict=True,
    )
    op.create_index("delivery_state", "delivery", ["state", "model", "purpose"], unique=False)
    op.create_index("delivery_hash", "delivery", ["model", "purpose", "hash"], unique=False)
