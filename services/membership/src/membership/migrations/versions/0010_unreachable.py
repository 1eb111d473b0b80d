"""Since when a person cannot be reached by telephone or by e-mail.

Revision ID: membership_0010
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import UtcDateTime

revision = "membership_0010"
down_revision = "membership_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("phone_unreachable_since", UtcDateTime))
    op.add_column("people", sa.Column("email_unreachable_since", UtcDateTime))
