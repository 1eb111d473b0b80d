"""Contacts, organisations, rules, templates, notices, messages and their steps.

Revision ID: notifications_0001
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import BigId, Json, UtcDateTime, Uuid

revision = "notifications_0001"
down_revision = None
branch_labels = ("notifications",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("phone", sa.String(20)),
        sa.Column("email", sa.String(254)),
        sa.Column("guardians", Json, nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_contacts"),
    )
    op.create_table(
        "organisations",
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("name_zh", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_organisations"),
    )
    _rules_and_templates()
    _notices()
    _messages()
    op.create_table(
        "message_steps",
        sa.Column("id", BigId, nullable=False, autoincrement=True),
        sa.Column("notice_id", Uuid, nullable=False),
        sa.Column("message_id", Uuid),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message_steps"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_message_steps_notice_id_notices"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_message_steps_message_id_messages"),
    )
    op.create_index("ix_message_steps_notice", "message_steps", ["notice_id"])
    op.create_index("ix_message_steps_message", "message_steps", ["message_id"])


def _rules_and_templates() -> None:
    op.create_table(
        "rules",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("event_type", sa.String(80), nullable=False),
        sa.Column("condition", Json, nullable=False),
        sa.Column("template_key", sa.String(60), nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("lane", sa.String(10), nullable=False),
        sa.Column("passes_quiet_hours", sa.Boolean, nullable=False),
        sa.Column("fresh_hours", sa.Integer, nullable=False),
        sa.Column("longest_hours", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
        sa.UniqueConstraint("key", name="uq_rules_key"),
        sa.CheckConstraint("lane IN ('urgent', 'normal', 'bulk')", name="ck_rules_lane"),
        sa.CheckConstraint("fresh_hours > 0 AND longest_hours > 0", name="ck_rules_hours"),
    )
    op.create_index("ix_rules_event_type", "rules", ["event_type"])
    op.create_table(
        "templates",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_templates"),
        sa.UniqueConstraint("key", "channel", "language", "version", name="uq_templates_key"),
        sa.CheckConstraint("channel IN ('sms', 'email')", name="ck_templates_channel"),
        sa.CheckConstraint("language IN ('zh-Hans', 'en')", name="ck_templates_language"),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("notice_key", Uuid, nullable=False),
        sa.Column("event_id", Uuid, nullable=False),
        sa.Column("event_type", sa.String(80), nullable=False),
        sa.Column("event_time", UtcDateTime, nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("correlation_id", sa.String(80), nullable=False),
        sa.Column("rule_key", sa.String(60), nullable=False),
        sa.Column("rule_version", sa.Integer, nullable=False),
        sa.Column("template_key", sa.String(60), nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("lane", sa.Integer, nullable=False),
        sa.Column("passes_quiet_hours", sa.Boolean, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("about_id", Uuid, nullable=False),
        sa.Column("body", sa.String(10)),
        sa.Column("facts", Json, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(40)),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("notice_key", name="uq_notices_notice_key"),
        sa.CheckConstraint(
            "state IN ('waiting', 'queued', 'passed-on', 'suppressed', 'expired')", name="ck_notices_state"
        ),
    )
    _partial("ix_notices_waiting", "notices", ["person_id"], "state = 'waiting'")
    op.create_index("ix_notices_person", "notices", ["person_id", "id"])
    op.create_index("ix_notices_event", "notices", ["event_id"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("message_id", Uuid, nullable=False),
        sa.Column("notice_id", Uuid, nullable=False),
        sa.Column("event_type", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("template_id", Uuid, nullable=False),
        sa.Column("body", sa.String(10)),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("lane", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(40)),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("on_wire", sa.Boolean, nullable=False),
        sa.Column("maybe_duplicate", sa.Boolean, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("provider", sa.String(40)),
        sa.Column("segments", sa.Integer),
        sa.Column("delivery", sa.String(12)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("message_id", name="uq_messages_message_id"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_messages_notice_id_notices"),
        sa.ForeignKeyConstraint(["template_id"], ["templates.id"], name="fk_messages_template_id_templates"),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'failed', 'unknown', 'suppressed', 'expired', 'cancelled')",
            name="ck_messages_state",
        ),
        sa.CheckConstraint("channel IN ('sms', 'email')", name="ck_messages_channel"),
        sa.CheckConstraint("delivery IN ('delivered', 'undelivered')", name="ck_messages_delivery"),
    )
    _partial("ix_messages_due", "messages", ["lane", "due_at"], "state IN ('pending', 'sending', 'unknown')")
    _partial(
        "ix_messages_open_subject", "messages", ["subject", "person_id"], "state IN ('pending', 'sending', 'unknown')"
    )
    op.create_index("ix_messages_person", "messages", ["person_id", "id"])
    op.create_index("ix_messages_state", "messages", ["state", "id"])
    op.create_index("ix_messages_notice", "messages", ["notice_id"])


def _partial(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)
