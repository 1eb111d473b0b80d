"""Subjects and their reminders, digests, and quiet hours by category and working day.

Revision ID: notifications_0008
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Json, UtcDateTime, Uuid

revision = "notifications_0008"
down_revision = "notifications_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The release before makes no digests: what waits for one it sends by itself."""
    _subjects()
    _reminders()
    _digests()
    _quiet_hours()


def _subjects() -> None:
    op.create_table(
        "subjects",
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("told_at", UtcDateTime),
        sa.Column("people", Json, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("body", sa.String(10)),
        sa.Column("event_id", Uuid, nullable=False),
        sa.Column("event_time", UtcDateTime, nullable=False),
        sa.Column("correlation_id", sa.String(80), nullable=False),
        sa.Column("traceparent", sa.String(60)),
        sa.PrimaryKeyConstraint("subject", name="pk_subjects"),
        sa.CheckConstraint("state IN ('coming', 'uncertain', 'ended')", name="ck_subjects_state"),
    )
    op.create_index("ix_subjects_coming", "subjects", ["kind", "state", "starts_at"])
    op.create_index("ix_subjects_starts_at", "subjects", ["starts_at"])


def _reminders() -> None:
    op.create_table(
        "reminder_rules",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("minutes_before", sa.Integer, nullable=False),
        sa.Column("apart_minutes", sa.Integer, nullable=False),
        sa.Column("template_key", sa.String(60), nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("lane", sa.String(10), nullable=False),
        sa.Column("passes_quiet_hours", sa.Boolean, nullable=False),
        sa.Column("category", sa.String(20), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reminder_rules"),
        sa.UniqueConstraint("key", name="uq_reminder_rules_key"),
        sa.CheckConstraint("lane IN ('urgent', 'normal', 'bulk')", name="ck_reminder_rules_lane"),
        sa.CheckConstraint("minutes_before BETWEEN 5 AND 43200", name="ck_reminder_rules_minutes_before"),
        sa.CheckConstraint("apart_minutes BETWEEN 0 AND 43200", name="ck_reminder_rules_apart_minutes"),
    )
    op.create_table(
        "reminders",
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("rule_id", Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(40)),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("subject", "rule_id", "version", name="pk_reminders"),
        sa.ForeignKeyConstraint(["subject"], ["subjects.subject"], name="fk_reminders_subject_subjects"),
        sa.ForeignKeyConstraint(["rule_id"], ["reminder_rules.id"], name="fk_reminders_rule_id_reminder_rules"),
        sa.CheckConstraint("state IN ('made', 'left-out')", name="ck_reminders_state"),
    )


def _digests() -> None:
    op.create_table(
        "digest_settings",
        sa.Column("rule_key", sa.String(60), nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("rule_key", name="pk_digest_settings"),
        sa.CheckConstraint("minutes BETWEEN 0 AND 1440", name="ck_digest_settings_minutes"),
    )
    op.add_column("notices", sa.Column("window_id", Uuid))
    op.create_index(
        "ix_notices_window",
        "notices",
        ["window_id"],
        postgresql_where=sa.text("window_id IS NOT NULL"),
        sqlite_where=sa.text("window_id IS NOT NULL"),
    )
    op.create_table(
        "digest_windows",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("rule_key", sa.String(60), nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("closes_at", UtcDateTime, nullable=False),
        sa.Column("closed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_digest_windows"),
    )
    is_open = sa.text("closed_at IS NULL")
    for name, columns, unique in (
        ("uq_digest_windows_open", ["rule_key", "person_id", "body"], True),
        ("ix_digest_windows_closes_at", ["closes_at"], False),
    ):
        op.create_index(name, "digest_windows", columns, unique=unique, postgresql_where=is_open, sqlite_where=is_open)


def _quiet_hours() -> None:
    op.add_column("notices", sa.Column("passes_because", sa.String(20)))
    op.create_table(
        "sending_hours",
        sa.Column("category", sa.String(20), nullable=False),
        sa.Column("workday_from", sa.String(5), nullable=False),
        sa.Column("workday_until", sa.String(5), nullable=False),
        sa.Column("day_off_from", sa.String(5)),
        sa.Column("day_off_until", sa.String(5)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("category", name="pk_sending_hours"),
        sa.CheckConstraint("workday_from < workday_until", name="ck_sending_hours_workday"),
        sa.CheckConstraint(
            "(day_off_from IS NULL AND day_off_until IS NULL) OR day_off_from < day_off_until",
            name="ck_sending_hours_day_off",
        ),
    )
    op.create_table(
        "official_years",
        sa.Column("year", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("source", sa.String(7), nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_official_years"),
        sa.CheckConstraint("source IN ('library', 'staff')", name="ck_official_years_source"),
    )
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("working", sa.Boolean, nullable=False),
        sa.Column("note", sa.String(60), nullable=False),
        sa.Column("source", sa.String(7), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_calendar_days"),
        sa.CheckConstraint("source IN ('library', 'staff')", name="ck_calendar_days_source"),
    )
    op.create_index("ix_calendar_days_year", "calendar_days", ["year"])
