"""A notice keeps the trace that it belongs to, which goes on when its message is sent.

Revision ID: notifications_0003
"""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0003"
down_revision = "notifications_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("traceparent", sa.String(60)))
