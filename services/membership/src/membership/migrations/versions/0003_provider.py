"""The OpenID provider: clients, signing keys, codes, tokens, and in which clients a session is carried on.

Revision ID: membership_0003
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Json, UtcDateTime, Uuid

revision = "membership_0003"
down_revision = "membership_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_clients",
        sa.Column("client_id", sa.String(60), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("redirect_uris", Json, nullable=False),
        sa.Column("after_sign_out", Json, nullable=False),
        sa.Column("back_channel", sa.String(300)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime),
        sa.PrimaryKeyConstraint("client_id", name="pk_provider_clients"),
    )
    op.create_table(
        "provider_signing_keys",
        sa.Column("kid", sa.String(60), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("retired_at", UtcDateTime),
        sa.PrimaryKeyConstraint("kid", name="pk_provider_signing_keys"),
    )
    _codes_and_tokens()
    op.create_table(
        "provider_client_sessions",
        sa.Column("sid", sa.String(80), nullable=False),
        sa.Column("client_id", sa.String(60), nullable=False),
        sa.Column("account_id", Uuid, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime),
        sa.PrimaryKeyConstraint("sid", "client_id", name="pk_provider_client_sessions"),
    )
    op.create_table(
        "announced_accounts",
        sa.Column("account_id", Uuid, nullable=False),
        sa.Column("issuer", sa.String(300), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_announced_accounts"),
    )


def _codes_and_tokens() -> None:
    op.create_table(
        "provider_codes",
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("client_id", sa.String(60), nullable=False),
        sa.Column("redirect_uri", sa.String(500), nullable=False),
        sa.Column("scope", sa.String(200), nullable=False),
        sa.Column("nonce", sa.Text),
        sa.Column("code_challenge", sa.String(128), nullable=False),
        sa.Column("account_id", Uuid, nullable=False),
        sa.Column("sid", sa.String(80), nullable=False),
        sa.Column("signed_in_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime),
        sa.PrimaryKeyConstraint("code_hash", name="pk_provider_codes"),
    )
    op.create_index("ix_provider_codes_expires_at", "provider_codes", ["expires_at"])
    op.create_table(
        "provider_access_tokens",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("client_id", sa.String(60), nullable=False),
        sa.Column("account_id", Uuid, nullable=False),
        sa.Column("sid", sa.String(80), nullable=False),
        sa.Column("scope", sa.String(200), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_provider_access_tokens"),
    )
    op.create_index("ix_provider_access_tokens_code_hash", "provider_access_tokens", ["code_hash"])
    op.create_index("ix_provider_access_tokens_expires_at", "provider_access_tokens", ["expires_at"])


def downgrade() -> None:
    for table in (
        "announced_accounts",
        "provider_client_sessions",
        "provider_access_tokens",
        "provider_codes",
        "provider_signing_keys",
        "provider_clients",
    ):
        op.drop_table(table)
