"""Accounts known from an OpenID provider, and sessions that such a provider can end.

Revision ID: shared_0004
"""

import sqlalchemy as sa
from alembic import op

revision = "shared_0004"
down_revision = "shared_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff_accounts", sa.Column("issuer", sa.String(300)))
    op.add_column("staff_accounts", sa.Column("issuer_subject", sa.String(255)))
    op.create_index("uq_staff_accounts_issuer", "staff_accounts", ["issuer", "issuer_subject"], unique=True)
    op.add_column("staff_sessions", sa.Column("sid", sa.String(80)))
    op.add_column("staff_sessions", sa.Column("issuer", sa.String(300)))
    op.add_column("staff_sessions", sa.Column("id_token", sa.Text))
    op.create_index("ix_staff_sessions_sid", "staff_sessions", ["sid"])


def downgrade() -> None:
    op.drop_index("ix_staff_sessions_sid", "staff_sessions")
    op.drop_column("staff_sessions", "id_token")
    op.drop_column("staff_sessions", "issuer")
    op.drop_column("staff_sessions", "sid")
    op.drop_index("uq_staff_accounts_issuer", "staff_accounts")
    op.drop_column("staff_accounts", "issuer_subject")
    op.drop_column("staff_accounts", "issuer")
