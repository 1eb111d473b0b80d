"""People, organisations, households, memberships and imports.

Revision ID: membership_0001
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import UtcDateTime, Uuid

revision = "membership_0001"
down_revision = None
branch_labels = ("membership",)
depends_on = None


def upgrade() -> None:
    _organisations()
    _people()
    _households()
    _memberships()
    _imports()
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _organisations() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.String(10)),
        sa.Column("parent_id", Uuid),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("credit_code", sa.String(18)),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisations"),
        sa.UniqueConstraint("code", name="uq_organisations_code"),
        sa.UniqueConstraint("credit_code", name="uq_organisations_credit_code"),
        sa.ForeignKeyConstraint(["parent_id"], ["organisations.id"], name="fk_organisations_parent_id_organisations"),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name="ck_organisations_parent"),
        sa.CheckConstraint(
            "body IS NULL OR body IN ('party', 'union', 'league', 'women')", name="ck_organisations_body"
        ),
        sa.CheckConstraint("name_zh <> '' AND name_en <> ''", name="ck_organisations_names"),
    )
    op.create_index("ix_organisations_parent_id", "organisations", ["parent_id"])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("phone", sa.String(20)),
        sa.Column("email", sa.String(254)),
        sa.Column("birth_on", sa.Date),
        sa.Column("id_number_sealed", sa.LargeBinary),
        sa.Column("id_number_index", sa.LargeBinary(32)),
        sa.Column("guarded", sa.Boolean, nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("registered_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("id_number_index", name="uq_people_id_number_index"),
        sa.CheckConstraint("name <> ''", name="ck_people_name"),
        sa.CheckConstraint("language IN ('zh-Hans', 'en')", name="ck_people_language"),
        sa.CheckConstraint("(id_number_sealed IS NULL) = (id_number_index IS NULL)", name="ck_people_id_number"),
    )
    op.create_index("ix_people_name", "people", ["name"])
    op.create_index("ix_people_phone", "people", ["phone"])


def _households() -> None:
    op.create_table(
        "households",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_households"),
        sa.CheckConstraint("name <> ''", name="ck_households_name"),
    )
    op.create_table(
        "household_members",
        sa.Column("household_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("part", sa.String(5), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "person_id", name="pk_household_members"),
        sa.UniqueConstraint("person_id", name="uq_household_members_person_id"),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name="fk_household_members_household_id_households",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_household_members_person_id_people"),
        sa.CheckConstraint("part IN ('adult', 'child')", name="ck_household_members_part"),
    )
    op.create_table(
        "guardianships",
        sa.Column("child_id", Uuid, nullable=False),
        sa.Column("guardian_id", Uuid, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("child_id", "guardian_id", name="pk_guardianships"),
        sa.ForeignKeyConstraint(["child_id"], ["people.id"], name="fk_guardianships_child_id_people"),
        sa.ForeignKeyConstraint(["guardian_id"], ["people.id"], name="fk_guardianships_guardian_id_people"),
        sa.CheckConstraint("child_id <> guardian_id", name="ck_guardianships_own"),
    )
    op.create_index("ix_guardianships_guardian_id", "guardianships", ["guardian_id"])


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("body", sa.String(10)),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("start_on", sa.Date, nullable=False),
        sa.Column("end_on", sa.Date),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_memberships"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_memberships_person_id_people"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_memberships_organisation_id_organisations"
        ),
        sa.CheckConstraint("end_on IS NULL OR end_on > start_on", name="ck_memberships_period"),
    )
    op.create_index("ix_memberships_person", "memberships", ["person_id", "start_on"])
    op.create_index("ix_memberships_organisation", "memberships", ["organisation_id", "end_on"])


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("row_count", sa.Integer, nullable=False),
        sa.Column("registered_count", sa.Integer, nullable=False),
        sa.Column("started_count", sa.Integer, nullable=False),
        sa.Column("uploaded_by", sa.String(120), nullable=False),
        sa.Column("uploaded_at", UtcDateTime, nullable=False),
        sa.Column("imported_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
        sa.CheckConstraint("state IN ('waiting', 'imported', 'given-up')", name="ck_imports_state"),
        sa.CheckConstraint("(state = 'waiting') = (content_sealed IS NOT NULL)", name="ck_imports_content"),
    )
    op.create_index("ix_imports_waiting", "imports", ["state", "uploaded_at"])


def _guard_on_postgresql() -> None:
    """No overlapping membership (23P01), nothing changed in place (23514)."""
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_exclude_constraint(
        "ex_memberships_overlap",
        "memberships",
        (sa.literal_column("person_id"), "="),
        (sa.literal_column("organisation_id"), "="),
        (sa.literal_column("role"), "="),
        (sa.literal_column("daterange(start_on, end_on, '[)')"), "&&"),
        using="gist",
    )
    for table, name, changed in _FIXED:
        condition = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in changed)
        op.execute(f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
            END $$""")
        op.execute(f"""
            CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW
            WHEN ({condition} ) EXECUTE FUNCTION {name}()""")


def _guard_on_sqlite() -> None:
    """The same promises as triggers; SQLite has one writer at a time, so looking and writing cannot be parted."""
    overlap = """
        SELECT RAISE(ABORT, 'ex_memberships_overlap') WHERE EXISTS (
            SELECT 1 FROM memberships AS other
            WHERE other.person_id = NEW.person_id AND other.organisation_id = NEW.organisation_id
              AND other.role = NEW.role AND other.id <> NEW.id
              AND (NEW.end_on IS NULL OR other.start_on < NEW.end_on)
              AND (other.end_on IS NULL OR other.end_on > NEW.start_on));"""
    op.execute(f"CREATE TRIGGER memberships_overlap_insert BEFORE INSERT ON memberships BEGIN {overlap} END")
    op.execute(f"CREATE TRIGGER memberships_overlap_update BEFORE UPDATE ON memberships BEGIN {overlap} END")
    for table, name, changed in _FIXED:
        condition = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in changed)
        op.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )


_FIXED = (
    ("memberships", "fixed_membership", ("id", "person_id", "organisation_id", "body", "role", "start_on")),
    ("organisations", "fixed_organisation", ("id", "kind", "body")),
)
