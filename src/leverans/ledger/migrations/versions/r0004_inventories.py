"""The digest of each archived object's inventory: it fixes every byte that the archive holds of it.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was archived before has none."""
    op.add_column("object_event", sa.Column("inventory", sa.Text))
