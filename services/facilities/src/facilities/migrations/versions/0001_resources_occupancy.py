"""Resources, people's names, holds and the one occupancy table with what keeps it free of overlaps.

Revision ID: facilities_0001
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Json, UtcDateTime, Uuid

revision = "facilities_0001"
down_revision = None
branch_labels = ("facilities",)
depends_on = None


def upgrade() -> None:
    _people()
    _resources()
    _holds()
    _occupancies()
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POSTGRESQL:
            op.execute(statement)
    else:
        for statement in _SQLITE:
            op.execute(statement)


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_index("ix_people_name", "people", ["name"])


def _resources() -> None:
    op.create_table(
        "resources",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("subject_zh", sa.String(60)),
        sa.Column("subject_en", sa.String(60)),
        sa.Column("capacity", sa.Integer),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("exclusive", sa.Boolean, nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("needs_approval", sa.Boolean, nullable=False),
        sa.Column("after_hours_needs_duty", sa.Boolean, nullable=False),
        sa.Column("minutes_before", sa.Integer, nullable=False),
        sa.Column("minutes_after", sa.Integer, nullable=False),
        sa.Column("opening", Json),
        sa.Column("time_zone", sa.String(40), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_resources"),
        sa.UniqueConstraint("code", name="uq_resources_code"),
        sa.UniqueConstraint("id", "exclusive", name="uq_resources_id"),
        sa.CheckConstraint("kind IN ('room', 'equipment', 'books')", name="ck_resources_kind"),
        sa.CheckConstraint("quantity >= 1", name="ck_resources_quantity"),
        sa.CheckConstraint("exclusive = (kind = 'room')", name="ck_resources_exclusive"),
        sa.CheckConstraint("NOT exclusive OR quantity = 1", name="ck_resources_one_room"),
        sa.CheckConstraint("capacity IS NULL OR (exclusive AND capacity >= 1)", name="ck_resources_capacity"),
        sa.CheckConstraint("minutes_before >= 0 AND minutes_after >= 0", name="ck_resources_turnaround"),
    )


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("request_id", Uuid, nullable=False),
        sa.Column("request_version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("title", sa.String(200)),
        sa.Column("title_en", sa.String(200)),
        sa.Column("body", sa.String(12)),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
        sa.UniqueConstraint("source", "request_id", "request_version", name="uq_holds_source"),
        sa.CheckConstraint(
            "state IN ('held', 'confirmed', 'refused', 'expired', 'cancelled', 'replaced')", name="ck_holds_state"
        ),
        sa.CheckConstraint("(state = 'held') = (expires_at IS NOT NULL)", name="ck_holds_expires_at"),
    )
    live, held = sa.text("state IN ('held', 'confirmed')"), sa.text("state = 'held'")
    op.create_index(
        "uq_holds_live", "holds", ["source", "request_id"], unique=True, postgresql_where=live, sqlite_where=live
    )
    op.create_index("ix_holds_expires_at", "holds", ["expires_at"], postgresql_where=held, sqlite_where=held)


def _occupancies() -> None:
    op.create_table(
        "occupancies",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("resource_id", Uuid, nullable=False),
        sa.Column("exclusive", sa.Boolean, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("blocked_from", UtcDateTime, nullable=False),
        sa.Column("blocked_until", UtcDateTime, nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("title", sa.String(200)),
        sa.Column("title_en", sa.String(200)),
        sa.Column("body", sa.String(12)),
        sa.Column("person_id", Uuid),
        sa.Column("people", sa.Integer),
        sa.Column("group_id", Uuid, nullable=False),
        sa.Column("hold_id", Uuid),
        sa.Column("reason", sa.Text),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_occupancies"),
        sa.ForeignKeyConstraint(
            ["resource_id", "exclusive"],
            ["resources.id", "resources.exclusive"],
            name="fk_occupancies_resource_id_resources",
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name="fk_occupancies_hold_id_holds"),
        sa.CheckConstraint("kind IN ('booking', 'hold', 'closure')", name="ck_occupancies_kind"),
        sa.CheckConstraint(
            "state IN ('held', 'requested', 'confirmed', 'cancelled', 'released', 'expired', 'refused')",
            name="ck_occupancies_state",
        ),
        sa.CheckConstraint("live = (state IN ('held', 'requested', 'confirmed'))", name="ck_occupancies_live"),
        sa.CheckConstraint("starts_at < ends_at", name="ck_occupancies_window"),
        sa.CheckConstraint("blocked_from <= starts_at AND ends_at <= blocked_until", name="ck_occupancies_blocked"),
        sa.CheckConstraint("quantity >= 1 AND (NOT exclusive OR quantity = 1)", name="ck_occupancies_quantity"),
        sa.CheckConstraint(
            "NOT confidential OR (title IS NULL AND title_en IS NULL AND person_id IS NULL)",
            name="ck_occupancies_confidential",
        ),
        sa.CheckConstraint(
            "(kind <> 'hold' OR hold_id IS NOT NULL) AND (state <> 'held' OR kind = 'hold')",
            name="ck_occupancies_hold",
        ),
    )
    op.create_index("ix_occupancies_resource_id", "occupancies", ["resource_id", "blocked_until"])
    op.create_index("ix_occupancies_group_id", "occupancies", ["group_id"])
    op.create_index("ix_occupancies_hold_id", "occupancies", ["hold_id"])
    op.create_index("ix_occupancies_starts_at", "occupancies", ["starts_at"])


# The exclusion is not deferrable: a statement that would overlap fails where it stands. The pool's function locks the
# resource before it counts, so that it holds even for a writer that forgot to.
_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """
    ALTER TABLE occupancies ADD CONSTRAINT ex_occupancies_blocked
        EXCLUDE USING gist (resource_id WITH =, tstzrange(blocked_from, blocked_until, '[)') WITH &&)
        WHERE (live AND exclusive)
    """,
    """
    CREATE FUNCTION occupancies_peak() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        units integer;
    BEGIN
        SELECT quantity INTO units FROM resources WHERE id = NEW.resource_id FOR NO KEY UPDATE;
        IF EXISTS (
            SELECT 1
            FROM (
                SELECT NEW.blocked_from AS moment
                UNION
                SELECT blocked_from FROM occupancies
                WHERE resource_id = NEW.resource_id AND live
                  AND blocked_from > NEW.blocked_from AND blocked_from < NEW.blocked_until
            ) AS starts
            WHERE (
                SELECT sum(quantity) FROM occupancies
                WHERE resource_id = NEW.resource_id AND live
                  AND blocked_from <= starts.moment AND blocked_until > starts.moment
            ) > units
        ) THEN
            RAISE EXCEPTION 'more units would be taken than there are'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_occupancies_peak';
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER occupancies_peak
        AFTER INSERT OR UPDATE OF resource_id, quantity, blocked_from, blocked_until, live ON occupancies
        FOR EACH ROW WHEN (NEW.live AND NOT NEW.exclusive) EXECUTE FUNCTION occupancies_peak()
    """,
    """
    CREATE FUNCTION resources_promised() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT 1 FROM occupancies AS one
            WHERE one.resource_id = NEW.id AND one.live AND one.blocked_until > now()
              AND (
                SELECT sum(quantity) FROM occupancies AS other
                WHERE other.resource_id = NEW.id AND other.live
                  AND other.blocked_from <= one.blocked_from AND other.blocked_until > one.blocked_from
              ) > NEW.quantity
        ) THEN
            RAISE EXCEPTION 'more units are promised'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_resources_promised';
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER resources_promised
        AFTER UPDATE OF quantity ON resources
        FOR EACH ROW WHEN (NEW.quantity < OLD.quantity) EXECUTE FUNCTION resources_promised()
    """,
)

_OVERLAPS = """
    SELECT RAISE(ABORT, 'ex_occupancies_blocked') WHERE EXISTS (
        SELECT 1 FROM occupancies AS other
        WHERE other.resource_id = NEW.resource_id AND other.live AND other.exclusive AND other.id <> NEW.id
          AND other.blocked_until > NEW.blocked_from AND other.blocked_from < NEW.blocked_until
    );
"""
_PEAK = """
    SELECT RAISE(ABORT, 'ck_occupancies_peak') WHERE EXISTS (
        SELECT 1
        FROM (
            SELECT NEW.blocked_from AS moment
            UNION
            SELECT blocked_from FROM occupancies
            WHERE resource_id = NEW.resource_id AND live
              AND blocked_from > NEW.blocked_from AND blocked_from < NEW.blocked_until
        ) AS starts
        WHERE (
            SELECT sum(quantity) FROM occupancies
            WHERE resource_id = NEW.resource_id AND live
              AND blocked_from <= starts.moment AND blocked_until > starts.moment
        ) > (SELECT quantity FROM resources WHERE id = NEW.resource_id)
    );
"""
_COLUMNS = "resource_id, exclusive, quantity, blocked_from, blocked_until, live"
_SQLITE = (
    f"""
    CREATE TRIGGER occupancies_blocked_insert BEFORE INSERT ON occupancies
    WHEN NEW.live AND NEW.exclusive BEGIN {_OVERLAPS} END
    """,
    f"""
    CREATE TRIGGER occupancies_blocked_update BEFORE UPDATE OF {_COLUMNS} ON occupancies
    WHEN NEW.live AND NEW.exclusive BEGIN {_OVERLAPS} END
    """,
    f"""
    CREATE TRIGGER occupancies_peak_insert AFTER INSERT ON occupancies
    WHEN NEW.live AND NOT NEW.exclusive BEGIN {_PEAK} END
    """,
    f"""
    CREATE TRIGGER occupancies_peak_update AFTER UPDATE OF {_COLUMNS} ON occupancies
    WHEN NEW.live AND NOT NEW.exclusive BEGIN {_PEAK} END
    """,
    """
    CREATE TRIGGER resources_promised AFTER UPDATE OF quantity ON resources
    WHEN NEW.quantity < OLD.quantity BEGIN
        SELECT RAISE(ABORT, 'ck_resources_promised') WHERE EXISTS (
            SELECT 1 FROM occupancies AS one
            WHERE one.resource_id = NEW.id AND one.live
              AND one.blocked_until > CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)
              AND (
                SELECT sum(quantity) FROM occupancies AS other
                WHERE other.resource_id = NEW.id AND other.live
                  AND other.blocked_from <= one.blocked_from AND other.blocked_until > one.blocked_from
              ) > NEW.quantity
        );
    END
    """,
)


def downgrade() -> None:
    op.drop_table("occupancies")
    op.drop_table("holds")
    op.drop_table("resources")
    op.drop_table("people")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION occupancies_peak()")
        op.execute("DROP FUNCTION resources_promised()")
