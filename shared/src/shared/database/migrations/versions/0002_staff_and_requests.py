"""Staff accounts, sessions and API tokens; requests answered under an idempotency key.

Revision ID: shared_0002
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import UtcDateTime, Uuid

revision = "shared_0002"
down_revision = "shared_0001"
branch_labels = None
depends_on = None

_ROLE = "role IN ('viewer', 'officer', 'manager', 'admin')"
_BODY = "body IN ('party', 'union', 'league', 'women', '*')"


def upgrade() -> None:
    op.create_table(
        "staff_accounts",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("language", sa.String(16)),
        sa.Column("person_id", Uuid),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_accounts"),
        sa.UniqueConstraint("username", name="uq_staff_accounts_username"),
    )
    _grants("staff_grants", "account_id", "staff_accounts")
    op.create_table(
        "staff_sessions",
        sa.Column("id_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("account_id", Uuid, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name="pk_staff_sessions"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["staff_accounts.id"],
            name="fk_staff_sessions_account_id_staff_accounts",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_staff_sessions_account_id", "staff_sessions", ["account_id"])
    op.create_index("ix_staff_sessions_expires_at", "staff_sessions", ["expires_at"])
    op.create_table(
        "api_tokens",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("hint", sa.String(8), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_api_tokens_token_hash"),
    )
    _grants("api_token_grants", "token_id", "api_tokens")
    op.create_table(
        "sign_in_attempts",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("blocked_until", UtcDateTime),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_attempts"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("principal", sa.String(80), nullable=False),
        sa.Column("route", sa.String(300), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("body_hmac", sa.LargeBinary(32), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("resource_id", sa.String(80), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("principal", "route", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"])


def _grants(table: str, holder: str, holders: str) -> None:
    op.create_table(
        table,
        sa.Column(holder, Uuid, nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint(holder, "body", name=f"pk_{table}"),
        sa.ForeignKeyConstraint([holder], [f"{holders}.id"], name=f"fk_{table}_{holder}_{holders}", ondelete="CASCADE"),
        sa.CheckConstraint(_ROLE, name=f"ck_{table}_role"),
        sa.CheckConstraint(_BODY, name=f"ck_{table}_body"),
    )
