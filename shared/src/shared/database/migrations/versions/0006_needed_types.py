"""What the releases of a service need that run side by side, so that none passes over what is another one's.

Revision ID: shared_0006
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import UtcDateTime

revision = "shared_0006"
down_revision = "shared_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "needed_types",
        sa.Column("queue", sa.String(120), nullable=False),
        sa.Column("type", sa.String(160), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "type", name=op.f("pk_needed_types")),
    )


def downgrade() -> None:
    op.drop_table("needed_types")
