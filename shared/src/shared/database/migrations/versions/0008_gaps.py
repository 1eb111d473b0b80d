"""Leading to the few subjects with a gap: PostgreSQL read all that were ever followed, for each look at the inbox.

Revision ID: shared_0008
"""

import sqlalchemy as sa
from alembic import op

revision = "shared_0008"
down_revision = "shared_0007"
branch_labels = None
depends_on = None

_GAP = "gap_since IS NOT NULL"


def upgrade() -> None:
    op.create_index(
        "ix_inbox_positions_gaps",
        "inbox_positions",
        ["source", "subject"],
        postgresql_where=sa.text(_GAP),
        sqlite_where=sa.text(_GAP),
    )


def downgrade() -> None:
    op.drop_index("ix_inbox_positions_gaps", "inbox_positions")
