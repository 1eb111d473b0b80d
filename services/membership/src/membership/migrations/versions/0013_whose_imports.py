"""Of which bodies the uploader of a file was an officer: only who is officer of them all reads it.

Revision ID: membership_0013
"""

import sqlalchemy as sa
from alembic import op

revision = "membership_0013"
down_revision = "membership_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imports", sa.Column("bodies", sa.String(40)))
