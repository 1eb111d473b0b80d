"""The duty roster: shifts, whom they need, duties, the team and swaps, with what keeps people out of two shifts at once.

Revision ID: facilities_0002
Revises: facilities_0001
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Json, UtcDateTime, Uuid

revision = "facilities_0002"
down_revision = "facilities_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _shifts()
    _duties()
    _people()
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def _shifts() -> None:
    op.create_table(
        "shift_series",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("skipped", Json, nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shift_series"),
    )
    op.create_table(
        "shifts",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("title_zh", sa.String(120), nullable=False),
        sa.Column("title_en", sa.String(120), nullable=False),
        sa.Column("resource_id", Uuid),
        sa.Column("place_zh", sa.String(120)),
        sa.Column("place_en", sa.String(120)),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("body", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("series_id", Uuid),
        sa.Column("warned_at", UtcDateTime),
        sa.Column("reason", sa.Text),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shifts"),
        sa.UniqueConstraint("id", "starts_at", "ends_at", name="uq_shifts_id"),
        sa.ForeignKeyConstraint(["resource_id"], ["resources.id"], name="fk_shifts_resource_id_resources"),
        sa.ForeignKeyConstraint(["series_id"], ["shift_series.id"], name="fk_shifts_series_id_shift_series"),
        sa.CheckConstraint("state IN ('planned', 'cancelled')", name="ck_shifts_state"),
        sa.CheckConstraint("starts_at < ends_at", name="ck_shifts_window"),
        sa.CheckConstraint("resource_id IS NULL OR place_zh IS NULL", name="ck_shifts_place"),
        sa.CheckConstraint("(place_zh IS NULL) = (place_en IS NULL)", name="ck_shifts_place_words"),
    )
    op.create_index("ix_shifts_starts_at", "shifts", ["starts_at"])
    op.create_index("ix_shifts_series_id", "shifts", ["series_id"])
    op.create_table(
        "shift_needs",
        sa.Column("shift_id", Uuid, nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("shift_id", "role", name="pk_shift_needs"),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name="fk_shift_needs_shift_id_shifts"),
        sa.CheckConstraint("people >= 0", name="ck_shift_needs_people"),
    )


def _duties() -> None:
    op.create_table(
        "duties",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("shift_id", Uuid, nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String(12)),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_duties"),
        sa.ForeignKeyConstraint(
            ["shift_id", "starts_at", "ends_at"],
            ["shifts.id", "shifts.starts_at", "shifts.ends_at"],
            name="fk_duties_shift_id_shifts",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shift_id", "role"], ["shift_needs.shift_id", "shift_needs.role"], name="fk_duties_shift_id_shift_needs"
        ),
        sa.CheckConstraint("state IN ('assigned', 'released')", name="ck_duties_state"),
        sa.CheckConstraint("live = (state = 'assigned')", name="ck_duties_live"),
        sa.CheckConstraint("live = (reason IS NULL)", name="ck_duties_reason"),
    )
    op.create_index("ix_duties_person_id", "duties", ["person_id", "ends_at"])
    op.create_index("ix_duties_shift_id", "duties", ["shift_id"])


def _people() -> None:
    op.create_table(
        "team_members",
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("account_id", Uuid),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_team_members"),
        sa.UniqueConstraint("account_id", name="uq_team_members_account_id"),
    )
    op.create_table(
        "duty_swaps",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("duty_id", Uuid, nullable=False),
        sa.Column("to_person_id", Uuid, nullable=False),
        sa.Column("for_duty_id", Uuid),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("asked_by", sa.String(80), nullable=False),
        sa.Column("giver_agreed_at", UtcDateTime, nullable=False),
        sa.Column("taker_agreed_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_duty_swaps"),
        sa.ForeignKeyConstraint(["duty_id"], ["duties.id"], name="fk_duty_swaps_duty_id_duties"),
        sa.ForeignKeyConstraint(["for_duty_id"], ["duties.id"], name="fk_duty_swaps_for_duty_id_duties"),
        sa.CheckConstraint("state IN ('asked', 'done', 'declined', 'withdrawn')", name="ck_duty_swaps_state"),
        sa.CheckConstraint("state <> 'done' OR taker_agreed_at IS NOT NULL", name="ck_duty_swaps_consent"),
        sa.CheckConstraint("(state = 'asked') = (ended_at IS NULL)", name="ck_duty_swaps_ended_at"),
    )
    asked = sa.text("state = 'asked'")
    op.create_index(
        "uq_duty_swaps_open", "duty_swaps", ["duty_id"], unique=True, postgresql_where=asked, sqlite_where=asked
    )
    op.create_index("ix_duty_swaps_to_person_id", "duty_swaps", ["to_person_id"])


# The function locks what it counts, so that it holds for a writer that forgot to.
_POSTGRESQL = (
    """
    ALTER TABLE duties ADD CONSTRAINT ex_duties_person
        EXCLUDE USING gist (person_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE (live)
    """,
    """
    CREATE FUNCTION duties_need() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        wanted integer;
    BEGIN
        PERFORM 1 FROM shifts WHERE id = NEW.shift_id AND state = 'planned' FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'nobody is on duty in a cancelled shift'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_shifts_released';
        END IF;
        SELECT people INTO wanted FROM shift_needs
        WHERE shift_id = NEW.shift_id AND role = NEW.role FOR NO KEY UPDATE;
        IF (SELECT count(*) FROM duties WHERE shift_id = NEW.shift_id AND role = NEW.role AND live) > wanted THEN
            RAISE EXCEPTION 'more people than the role needs'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_duties_need';
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER duties_need AFTER INSERT OR UPDATE OF shift_id, role, live ON duties
        FOR EACH ROW WHEN (NEW.live) EXECUTE FUNCTION duties_need()
    """,
    """
    CREATE FUNCTION shift_needs_taken() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (
            SELECT count(*) FROM duties WHERE shift_id = NEW.shift_id AND role = NEW.role AND live
        ) > NEW.people THEN
            RAISE EXCEPTION 'more people than the role needs'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_duties_need';
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER shift_needs_taken AFTER UPDATE OF people ON shift_needs
        FOR EACH ROW WHEN (NEW.people < OLD.people) EXECUTE FUNCTION shift_needs_taken()
    """,
    """
    CREATE FUNCTION shifts_released() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM duties WHERE shift_id = NEW.id AND live) THEN
            RAISE EXCEPTION 'nobody is on duty in a cancelled shift'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_shifts_released';
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER shifts_released AFTER UPDATE OF state ON shifts
        FOR EACH ROW WHEN (NEW.state <> 'planned') EXECUTE FUNCTION shifts_released()
    """,
)

_OVERLAPS = """
    SELECT RAISE(ABORT, 'ex_duties_person') WHERE EXISTS (
        SELECT 1 FROM duties AS other
        WHERE other.person_id = NEW.person_id AND other.live AND other.id <> NEW.id
          AND other.ends_at > NEW.starts_at AND other.starts_at < NEW.ends_at
    );
"""
_NEED = """
    SELECT RAISE(ABORT, 'ck_shifts_released') WHERE NOT EXISTS (
        SELECT 1 FROM shifts WHERE id = NEW.shift_id AND state = 'planned'
    );
    SELECT RAISE(ABORT, 'ck_duties_need') WHERE (
        SELECT count(*) FROM duties WHERE shift_id = NEW.shift_id AND role = NEW.role AND live
    ) > (SELECT people FROM shift_needs WHERE shift_id = NEW.shift_id AND role = NEW.role);
"""
_SQLITE = (
    f"CREATE TRIGGER duties_person_insert BEFORE INSERT ON duties WHEN NEW.live BEGIN {_OVERLAPS} END",
    f"""
    CREATE TRIGGER duties_person_update AFTER UPDATE OF person_id, starts_at, ends_at, live ON duties
    WHEN NEW.live BEGIN {_OVERLAPS} END
    """,
    f"CREATE TRIGGER duties_need_insert AFTER INSERT ON duties WHEN NEW.live BEGIN {_NEED} END",
    f"""
    CREATE TRIGGER duties_need_update AFTER UPDATE OF shift_id, role, live ON duties WHEN NEW.live BEGIN {_NEED} END
    """,
    """
    CREATE TRIGGER shift_needs_taken AFTER UPDATE OF people ON shift_needs WHEN NEW.people < OLD.people BEGIN
        SELECT RAISE(ABORT, 'ck_duties_need') WHERE (
            SELECT count(*) FROM duties WHERE shift_id = NEW.shift_id AND role = NEW.role AND live
        ) > NEW.people;
    END
    """,
    """
    CREATE TRIGGER shifts_released AFTER UPDATE OF state ON shifts WHEN NEW.state <> 'planned' BEGIN
        SELECT RAISE(ABORT, 'ck_shifts_released') WHERE EXISTS (
            SELECT 1 FROM duties WHERE shift_id = NEW.id AND live
        );
    END
    """,
)


def downgrade() -> None:
    for table in ("duty_swaps", "team_members", "duties", "shift_needs", "shifts", "shift_series"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for function in ("duties_need", "shift_needs_taken", "shifts_released"):
            op.execute(f"DROP FUNCTION {function}()")
