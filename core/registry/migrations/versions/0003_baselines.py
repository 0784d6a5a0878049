"""a run of each recipe may be its baseline; a tag says who put it on, and when"""

import sqlalchemy as sa
from alembic import op

from core.registry import types  # noqa: F401  (STRICT spellings)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "baseline",
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["recipe"], ["recipe.name"]),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"]),
        sa.PrimaryKeyConstraint("recipe"),
        sqlite_strict=True,
    )
    op.add_column("runtag", sa.Column("actor", sa.Text(), nullable=True))
    op.add_column("runtag", sa.Column("at", sa.Text(), nullable=True))
