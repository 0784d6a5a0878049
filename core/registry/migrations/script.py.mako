"""${message}"""

import sqlalchemy as sa
from alembic import op

from core.registry import types  # noqa: F401  (STRICT spellings)

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise RuntimeError("registries are never downgraded: restore the backup made before the upgrade")
