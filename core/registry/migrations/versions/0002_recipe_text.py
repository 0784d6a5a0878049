"""a recipe keeps the text that is in force: where data arrives and when is no part of its hash"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recipe", sa.Column("text", sa.Text(), nullable=True))
    op.execute(
        "UPDATE recipe SET text = (SELECT version.text FROM recipeversion AS version"
        " WHERE version.recipe = recipe.name AND version.hash = recipe.hash)"
    )
