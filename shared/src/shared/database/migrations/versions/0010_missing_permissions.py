"""What the broker does not let a service do, so that its pages can tell.

Revision ID: shared_0010
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import UtcDateTime

revision = "shared_0010"
down_revision = "shared_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "missing_permissions",
        sa.Column("loop", sa.String(20), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("username", sa.String(120), nullable=False),
        sa.Column("queue", sa.String(120), nullable=False),
        sa.Column("exchange", sa.String(120), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("loop", "action", "username", "queue", "exchange", name=op.f("pk_missing_permissions")),
    )


def downgrade() -> None:
    op.drop_table("missing_permissions")
