"""Activities with sessions and needs, registrations, attendance, and the people one can register.

Revision ID: activities_0001
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Json, UtcDateTime, Uuid

revision = "activities_0001"
down_revision = None
branch_labels = ("activities",)
depends_on = None


def upgrade() -> None:
    _activities()
    _sessions()
    _registrations()
    _lookups()
    if op.get_bind().dialect.name == "postgresql":
        _postgresql_triggers()
    else:
        _sqlite_triggers()


def _activities() -> None:
    op.create_table(
        "activities",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title_zh", sa.String(120), nullable=False),
        sa.Column("title_en", sa.String(120), nullable=False),
        sa.Column("description_zh", sa.Text, nullable=False),
        sa.Column("description_en", sa.Text, nullable=False),
        sa.Column("venue_zh", sa.String(120), nullable=False),
        sa.Column("venue_en", sa.String(120), nullable=False),
        sa.Column("registration_opens_at", UtcDateTime),
        sa.Column("registration_closes_at", UtcDateTime),
        sa.Column("families_may_be_passed", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("request_version", sa.Integer, nullable=False),
        sa.Column("placing_version", sa.Integer),
        sa.Column("place_version", sa.Integer),
        sa.Column("granted_zh", sa.String(400)),
        sa.Column("granted_en", sa.String(400)),
        sa.Column("notice", Json),
        sa.Column("flagged_at", UtcDateTime),
        sa.Column("cancel_reason", sa.Text),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("published_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_activities"),
        sa.CheckConstraint(
            "state IN ('draft', 'placing', 'published', 'cancelled', 'completed')", name="ck_activities_state"
        ),
        sa.CheckConstraint("state <> 'cancelled' OR cancel_reason IS NOT NULL", name="ck_activities_cancel_reason"),
        sa.CheckConstraint("state <> 'placing' OR placing_version IS NOT NULL", name="ck_activities_placing_version"),
        sa.CheckConstraint(
            "registration_opens_at IS NULL OR registration_closes_at IS NULL"
            " OR registration_opens_at < registration_closes_at",
            name="ck_activities_registration_window",
        ),
    )
    op.create_index("ix_activities_state", "activities", ["state"])
    op.create_table(
        "activity_bodies",
        sa.Column("activity_id", Uuid, nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("activity_id", "body", name="pk_activity_bodies"),
        _of_activity("activity_bodies"),
        sa.CheckConstraint("body IN ('party', 'union', 'league', 'women')", name="ck_activity_bodies_body"),
    )
    op.create_table(
        "activity_needs",
        sa.Column("activity_id", Uuid, nullable=False),
        sa.Column("resource_code", sa.String(60), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("activity_id", "resource_code", name="pk_activity_needs"),
        _of_activity("activity_needs"),
        sa.CheckConstraint("quantity >= 1", name="ck_activity_needs_quantity"),
    )
    op.create_table(
        "place_bookings",
        sa.Column("booking_id", Uuid, nullable=False),
        sa.Column("activity_id", Uuid, nullable=False),
        sa.Column("request_version", sa.Integer, nullable=False),
        sa.Column("resource_code", sa.String(60), nullable=False),
        sa.Column("lost_at", UtcDateTime),
        sa.PrimaryKeyConstraint("booking_id", name="pk_place_bookings"),
        _of_activity("place_bookings"),
    )
    op.create_index("ix_place_bookings_activity_id", "place_bookings", ["activity_id"])


def _of_activity(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["activity_id"], ["activities.id"], name=f"fk_{table}_activity_id_activities", ondelete="CASCADE"
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("activity_id", Uuid, nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("moving_starts_at", UtcDateTime),
        sa.Column("moving_ends_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("id", "activity_id", name="uq_sessions_id"),
        _of_activity("sessions"),
        sa.CheckConstraint("starts_at < ends_at", name="ck_sessions_times"),
        sa.CheckConstraint("capacity >= 1", name="ck_sessions_capacity"),
        sa.CheckConstraint(
            "(moving_starts_at IS NULL AND moving_ends_at IS NULL) OR moving_starts_at < moving_ends_at",
            name="ck_sessions_moving_times",
        ),
    )
    op.create_index("ix_sessions_activity_id", "sessions", ["activity_id", "starts_at"])
    op.create_index("ix_sessions_ends_at", "sessions", ["ends_at"])


def _registrations() -> None:
    op.create_table(
        "registrations",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("activity_id", Uuid, nullable=False),
        sa.Column("session_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("group_id", Uuid, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("queue_number", sa.Integer),
        sa.Column("registered_at", UtcDateTime, nullable=False),
        sa.Column("registered_by", sa.String(120), nullable=False),
        sa.Column("promoted_at", UtcDateTime),
        sa.Column("cancelled_at", UtcDateTime),
        sa.Column("cancelled_because", sa.String(20)),
        sa.Column("was", sa.String(12)),
        sa.PrimaryKeyConstraint("id", name="pk_registrations"),
        sa.ForeignKeyConstraint(
            ["session_id", "activity_id"],
            ["sessions.id", "sessions.activity_id"],
            name="fk_registrations_session_id_sessions",
        ),
        sa.CheckConstraint("state IN ('confirmed', 'waitlisted', 'cancelled')", name="ck_registrations_state"),
        sa.CheckConstraint("(state = 'waitlisted') = (queue_number IS NOT NULL)", name="ck_registrations_queue_number"),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)"
            " AND (cancelled_at IS NULL) = (cancelled_because IS NULL) AND (cancelled_at IS NULL) = (was IS NULL)",
            name="ck_registrations_cancelled",
        ),
        sa.CheckConstraint("was IN ('confirmed', 'waitlisted')", name="ck_registrations_was"),
        sa.CheckConstraint(
            "cancelled_because IN ('own', 'staff', 'activity-cancelled')", name="ck_registrations_cancelled_because"
        ),
    )
    for name, columns, condition in (
        ("uq_registrations_active", ["session_id", "person_id"], "state <> 'cancelled'"),
        ("uq_registrations_queue_number", ["session_id", "queue_number"], "state = 'waitlisted'"),
    ):
        op.create_index(
            name,
            "registrations",
            columns,
            unique=True,
            postgresql_where=sa.text(condition),
            sqlite_where=sa.text(condition),
        )
    for column in ("activity_id", "group_id", "person_id"):
        op.create_index(f"ix_registrations_{column}", "registrations", [column])
    op.create_table(
        "attendance",
        sa.Column("registration_id", Uuid, nullable=False),
        sa.Column("present", sa.Boolean, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("announced", sa.Boolean, nullable=False),
        sa.Column("marked_at", UtcDateTime, nullable=False),
        sa.Column("marked_by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name="pk_attendance"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_attendance_registration_id_registrations"
        ),
        sa.CheckConstraint("minutes >= 0 AND (present OR minutes = 0)", name="ck_attendance_minutes"),
    )


def _lookups() -> None:
    op.create_table(
        "people",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("search_name", sa.String(120), nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_index("ix_people_search_name", "people", ["search_name"])
    op.create_table(
        "household_members",
        sa.Column("household_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.PrimaryKeyConstraint("household_id", "person_id", name="pk_household_members"),
    )
    op.create_index("ix_household_members_person_id", "household_members", ["person_id"])
    op.create_table(
        "resources",
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_resources"),
    )


def _postgresql_triggers() -> None:
    """No more confirmed registrations than places, whoever writes: counted under the session's row lock."""
    op.execute(
        """
        CREATE FUNCTION registrations_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE places integer;
        BEGIN
            SELECT capacity INTO places FROM sessions WHERE id = NEW.session_id FOR UPDATE;
            IF (SELECT count(*) FROM registrations
                WHERE session_id = NEW.session_id AND state = 'confirmed') > places THEN
                RAISE EXCEPTION 'more confirmed registrations than places'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'registrations_capacity';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER registrations_capacity AFTER INSERT OR UPDATE OF state, session_id ON registrations
        FOR EACH ROW WHEN (NEW.state = 'confirmed') EXECUTE FUNCTION registrations_capacity()
        """
    )
    op.execute(
        """
        CREATE FUNCTION sessions_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (SELECT count(*) FROM registrations
                WHERE session_id = NEW.id AND state = 'confirmed') > NEW.capacity THEN
                RAISE EXCEPTION 'capacity below the confirmed registrations'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'sessions_capacity';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER sessions_capacity AFTER UPDATE OF capacity ON sessions
        FOR EACH ROW WHEN (NEW.capacity < OLD.capacity) EXECUTE FUNCTION sessions_capacity()
        """
    )


def _sqlite_triggers() -> None:
    """The same for SQLite, whose single writer needs no lock."""
    too_many = (
        "(SELECT count(*) FROM registrations WHERE session_id = NEW.session_id AND state = 'confirmed')"
        " > (SELECT capacity FROM sessions WHERE id = NEW.session_id)"
    )
    for name, when in (("insert", "INSERT"), ("update", "UPDATE OF state, session_id")):
        op.execute(
            f"CREATE TRIGGER registrations_capacity_{name} AFTER {when} ON registrations"
            f" WHEN NEW.state = 'confirmed' AND {too_many}"
            " BEGIN SELECT RAISE(ABORT, 'registrations_capacity'); END"
        )
    op.execute(
        "CREATE TRIGGER sessions_capacity AFTER UPDATE OF capacity ON sessions"
        " WHEN NEW.capacity < OLD.capacity AND"
        " (SELECT count(*) FROM registrations WHERE session_id = NEW.id AND state = 'confirmed') > NEW.capacity"
        " BEGIN SELECT RAISE(ABORT, 'sessions_capacity'); END"
    )


def downgrade() -> None:
    for table in (
        "resources",
        "household_members",
        "people",
        "attendance",
        "registrations",
        "sessions",
        "place_bookings",
        "activity_needs",
        "activity_bodies",
        "activities",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION registrations_capacity()")
        op.execute("DROP FUNCTION sessions_capacity()")
