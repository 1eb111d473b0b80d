"""Development files with their steps, papers, people and deadlines; ballots as sums without votes.

Revision ID: membership_0004
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Json, UtcDateTime, Uuid

revision = "membership_0004"
down_revision = "membership_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "development_files",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("stage", sa.String(12), nullable=False),
        sa.Column("state", sa.String(6), nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date, nullable=True),
        sa.Column("close_reason", sa.String(12), nullable=True),
        sa.Column("probation_ends_on", sa.Date, nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("(state = 'closed') = (close_reason IS NOT NULL)", name="ck_development_files_close_reason"),
        sa.CheckConstraint("(state = 'full') = (stage = 'full')", name="ck_development_files_full"),
        sa.CheckConstraint("(state = 'open') = (closed_on IS NULL)", name="ck_development_files_closed"),
        sa.CheckConstraint(
            "stage IN ('applicant', 'activist', 'target', 'probationary', 'full')", name="ck_development_files_stage"
        ),
        sa.CheckConstraint("state IN ('open', 'full', 'closed')", name="ck_development_files_state"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_development_files_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_development_files_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_development_files"),
    )
    op.create_index(
        "ix_development_files_organisation", "development_files", ["organisation_id", "state"], unique=False
    )
    op.create_index("ix_development_files_stage", "development_files", ["stage", "state"], unique=False)
    op.create_index(
        "uq_development_files_open",
        "development_files",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "development_steps",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("file_id", Uuid, nullable=False),
        sa.Column("step", sa.String(30), nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("single", sa.Boolean, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("rule_pack", sa.String(10), nullable=False),
        sa.Column("article", sa.String(20), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["development_files.id"], name="fk_development_steps_file_id_development_files"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_development_steps"),
    )
    op.create_index("ix_development_steps_file", "development_steps", ["file_id", "held_on"], unique=False)
    op.create_index(
        "uq_development_steps_single",
        "development_steps",
        ["file_id", "step"],
        unique=True,
        postgresql_where=sa.text("single AND passed"),
        sqlite_where=sa.text("single AND passed"),
    )
    op.create_table(
        "development_papers",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("file_id", Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["development_files.id"], name="fk_development_papers_file_id_development_files"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_development_papers"),
        sa.UniqueConstraint("file_id", "kind", name="uq_development_papers_file_id"),
    )
    op.create_table(
        "development_helpers",
        sa.Column("file_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("part", sa.String(10), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.CheckConstraint("part IN ('contact', 'introducer')", name="ck_development_helpers_part"),
        sa.ForeignKeyConstraint(
            ["file_id"], ["development_files.id"], name="fk_development_helpers_file_id_development_files"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_development_helpers_person_id_people"),
        sa.PrimaryKeyConstraint("file_id", "person_id", "part", name="pk_development_helpers"),
    )
    op.create_index("ix_development_helpers_person_id", "development_helpers", ["person_id"], unique=False)
    op.create_table(
        "development_deadlines",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("file_id", Uuid, nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("announce_on", sa.Date, nullable=False),
        sa.Column("announced_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["development_files.id"], name="fk_development_deadlines_file_id_development_files"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_development_deadlines"),
        sa.UniqueConstraint("file_id", "kind", "due_on", name="uq_development_deadlines_file_id"),
    )
    op.create_index(
        "ix_development_deadlines_announce", "development_deadlines", ["announced_at", "announce_on"], unique=False
    )
    op.create_index("ix_development_deadlines_due", "development_deadlines", ["due_on"], unique=False)
    op.create_table(
        "ballots",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("file_id", Uuid, nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("due", sa.Integer, nullable=False),
        sa.Column("present", sa.Integer, nullable=False),
        sa.Column("returned", sa.Integer, nullable=False),
        sa.Column("in_favour", sa.Integer, nullable=False),
        sa.Column("against", sa.Integer, nullable=False),
        sa.Column("abstained", sa.Integer, nullable=False),
        sa.Column("invalid", sa.Integer, nullable=False),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("tellers", sa.String(120), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("purpose IN ('admission', 'conversion')", name="ck_ballots_purpose"),
        sa.CheckConstraint(
            "due > 0 AND present BETWEEN 0 AND due AND returned BETWEEN 0 AND present", name="ck_ballots_sizes"
        ),
        sa.CheckConstraint("in_favour + against + abstained + invalid = returned", name="ck_ballots_sum"),
        sa.CheckConstraint(
            "in_favour >= 0 AND against >= 0 AND abstained >= 0 AND invalid >= 0", name="ck_ballots_votes"
        ),
        sa.CheckConstraint("passed = (present * 2 > due AND in_favour * 2 > due)", name="ck_ballots_passed"),
        sa.ForeignKeyConstraint(["file_id"], ["development_files.id"], name="fk_ballots_file_id_development_files"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_ballots_organisation_id_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ballots"),
    )
    op.create_index("ix_ballots_file_id", "ballots", ["file_id"], unique=False)
    op.create_index("ix_ballots_organisation", "ballots", ["organisation_id", "held_on"], unique=False)
    op.create_table(
        "ballot_rolls",
        sa.Column("ballot_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("present", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballots.id"], name="fk_ballot_rolls_ballot_id_ballots"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_ballot_rolls_person_id_people"),
        sa.PrimaryKeyConstraint("ballot_id", "person_id", name="pk_ballot_rolls"),
    )
    op.create_index("ix_ballot_rolls_person_id", "ballot_rolls", ["person_id"], unique=False)
