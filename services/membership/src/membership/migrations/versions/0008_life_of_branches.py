"""The life of branches: periods of organisations, appraisals, terms and elections, meetings, guidance, archive.

Revision ID: membership_0008
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import UtcDateTime, Uuid

revision = "membership_0008"
down_revision = "membership_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _organisations()
    _appraisals()
    _elections()
    _meetings()
    _guidance()
    _archive()
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def _organisations() -> None:
    op.create_table(
        "organisation_periods",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("parent_id", Uuid, nullable=True),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("start_on", sa.Date, nullable=True),
        sa.Column("end_on", sa.Date, nullable=True),
        sa.CheckConstraint(
            "end_on IS NULL OR start_on IS NULL OR end_on > start_on", name="ck_organisation_periods_period"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_organisation_periods_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisations.id"], name="fk_organisation_periods_parent_id_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organisation_periods"),
    )
    op.create_index(
        "ix_organisation_periods_organisation", "organisation_periods", ["organisation_id", "end_on"], unique=False
    )
    op.create_index("ix_organisation_periods_parent", "organisation_periods", ["parent_id"], unique=False)


def _appraisals() -> None:
    op.create_table(
        "appraisals",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("full_members", sa.Integer, nullable=False),
        sa.Column("excellent", sa.Integer, nullable=False),
        sa.Column("closed_on", sa.Date, nullable=True),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("(closed_on IS NULL) OR closed_on >= held_on", name="ck_appraisals_closed"),
        sa.CheckConstraint("excellent >= 0 AND excellent * 3 <= full_members", name="ck_appraisals_excellent"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_appraisals_organisation_id_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_appraisals"),
        sa.UniqueConstraint("organisation_id", "year", name="uq_appraisals_organisation_id"),
    )
    op.create_table(
        "appraisal_grades",
        sa.Column("appraisal_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("grade", sa.String(20), nullable=True),
        sa.CheckConstraint(
            "grade IS NULL OR grade IN ('excellent', 'qualified', 'barely-qualified', 'unqualified', 'absent')",
            name="ck_appraisal_grades_grade",
        ),
        sa.CheckConstraint("role = 'member' OR grade IS NULL", name="ck_appraisal_grades_probationary"),
        sa.CheckConstraint("role IN ('member', 'probationary-member')", name="ck_appraisal_grades_role"),
        sa.ForeignKeyConstraint(
            ["appraisal_id"], ["appraisals.id"], name="fk_appraisal_grades_appraisal_id_appraisals"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_appraisal_grades_person_id_people"),
        sa.PrimaryKeyConstraint("appraisal_id", "person_id", name="pk_appraisal_grades"),
    )
    op.create_index("ix_appraisal_grades_person_id", "appraisal_grades", ["person_id"], unique=False)


def _elections() -> None:
    op.create_table(
        "elections",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("due", sa.Integer, nullable=False),
        sa.Column("present", sa.Integer, nullable=False),
        sa.Column("returned", sa.Integer, nullable=False),
        sa.Column("tellers", sa.String(120), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.CheckConstraint(
            "due > 0 AND present BETWEEN 0 AND due AND returned BETWEEN 0 AND present", name="ck_elections_sizes"
        ),
        sa.CheckConstraint("present * 5 >= due * 4", name="ck_elections_quorum"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_elections_organisation_id_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_elections"),
        sa.UniqueConstraint("organisation_id", "held_on", name="uq_elections_organisation_id"),
    )
    op.create_table(
        "election_candidates",
        sa.Column("election_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("present", sa.Integer, nullable=False),
        sa.Column("in_favour", sa.Integer, nullable=False),
        sa.Column("against", sa.Integer, nullable=False),
        sa.Column("abstained", sa.Integer, nullable=False),
        sa.Column("role", sa.String(40), nullable=True),
        sa.CheckConstraint("in_favour + against + abstained <= present", name="ck_election_candidates_sum"),
        sa.CheckConstraint("in_favour >= 0 AND against >= 0 AND abstained >= 0", name="ck_election_candidates_votes"),
        sa.CheckConstraint("role IS NULL OR in_favour * 2 > present", name="ck_election_candidates_majority"),
        sa.ForeignKeyConstraint(["election_id"], ["elections.id"], name="fk_election_candidates_election_id_elections"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_election_candidates_person_id_people"),
        sa.PrimaryKeyConstraint("election_id", "person_id", name="pk_election_candidates"),
    )
    op.create_index("ix_election_candidates_person_id", "election_candidates", ["person_id"], unique=False)
    op.create_table(
        "committee_terms",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("election_id", Uuid, nullable=True),
        sa.Column("started_on", sa.Date, nullable=False),
        sa.Column("years", sa.Integer, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("postponed_to", sa.Date, nullable=True),
        sa.Column("postponed_on", sa.Date, nullable=True),
        sa.Column("postponed_note", sa.String(300), nullable=False),
        sa.Column("ended_on", sa.Date, nullable=True),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("(postponed_to IS NULL) = (postponed_on IS NULL)", name="ck_committee_terms_postponed_on"),
        sa.CheckConstraint("due_on > started_on", name="ck_committee_terms_due"),
        sa.CheckConstraint("ended_on IS NULL OR ended_on > started_on", name="ck_committee_terms_ended"),
        sa.CheckConstraint("postponed_to IS NULL OR postponed_to > due_on", name="ck_committee_terms_postponed"),
        sa.CheckConstraint("years IN (3, 5)", name="ck_committee_terms_years"),
        sa.ForeignKeyConstraint(["election_id"], ["elections.id"], name="fk_committee_terms_election_id_elections"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_committee_terms_organisation_id_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_committee_terms"),
    )
    op.create_index("ix_committee_terms_due", "committee_terms", ["due_on"], unique=False)
    op.create_index(
        "uq_committee_terms_running",
        "committee_terms",
        ["organisation_id"],
        unique=True,
        postgresql_where=sa.text("ended_on IS NULL"),
        sqlite_where=sa.text("ended_on IS NULL"),
    )


def _meetings() -> None:
    op.create_table(
        "activity_sessions",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("activity_id", Uuid, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title_zh", sa.String(200), nullable=False),
        sa.Column("title_en", sa.String(200), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_activity_sessions"),
    )
    op.create_index("ix_activity_sessions_activity_id", "activity_sessions", ["activity_id"], unique=False)
    op.create_index("ix_activity_sessions_starts_at", "activity_sessions", ["starts_at"], unique=False)
    op.create_table(
        "attendances",
        sa.Column("registration_id", Uuid, nullable=False),
        sa.Column("session_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("present", sa.Boolean, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.CheckConstraint("minutes >= 0", name="ck_attendances_minutes"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_attendances_person_id_people"),
        sa.PrimaryKeyConstraint("registration_id", name="pk_attendances"),
    )
    op.create_index("ix_attendances_person", "attendances", ["person_id", "session_id"], unique=False)
    op.create_index("ix_attendances_session_id", "attendances", ["session_id"], unique=False)
    op.create_table(
        "meeting_notes",
        sa.Column("session_id", Uuid, nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("duty", sa.String(20), nullable=True),
        sa.Column("noted_by", sa.String(120), nullable=False),
        sa.Column("noted_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_meeting_notes_organisation_id_organisations"
        ),
        sa.PrimaryKeyConstraint("session_id", "organisation_id", name="pk_meeting_notes"),
    )


def _guidance() -> None:
    op.create_table(
        "guidance_visits",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("visited_on", sa.Date, nullable=False),
        sa.Column("visitors", sa.String(120), nullable=False),
        sa.Column("summary", sa.String(2000), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_guidance_visits_organisation_id_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_guidance_visits"),
    )
    op.create_index(
        "ix_guidance_visits_organisation", "guidance_visits", ["organisation_id", "visited_on"], unique=False
    )
    op.create_table(
        "guidance_findings",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("visit_id", Uuid, nullable=False),
        sa.Column("finding", sa.String(500), nullable=False),
        sa.Column("action", sa.String(500), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("done_on", sa.Date, nullable=True),
        sa.Column("outcome", sa.String(500), nullable=True),
        sa.Column("done_by", sa.String(120), nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("finding <> '' AND action <> ''", name="ck_guidance_findings_texts"),
        sa.CheckConstraint("(done_on IS NULL) = (outcome IS NULL)", name="ck_guidance_findings_done"),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["guidance_visits.id"], name="fk_guidance_findings_visit_id_guidance_visits"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_guidance_findings"),
    )
    op.create_index("ix_guidance_findings_open", "guidance_findings", ["done_on", "due_on"], unique=False)
    op.create_index("ix_guidance_findings_visit_id", "guidance_findings", ["visit_id"], unique=False)


def _archive() -> None:
    op.create_table(
        "archive_papers",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("dated_on", sa.Date, nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("retention", sa.String(10), nullable=False),
        sa.Column("keep_until", sa.Date, nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("proposed_by_id", Uuid, nullable=True),
        sa.Column("proposed_by", sa.String(120), nullable=True),
        sa.Column("proposed_on", sa.Date, nullable=True),
        sa.Column("disposed_by_id", Uuid, nullable=True),
        sa.Column("disposed_by", sa.String(120), nullable=True),
        sa.Column("disposed_on", sa.Date, nullable=True),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("(retention = 'permanent') = (keep_until IS NULL)", name="ck_archive_papers_keep_until"),
        sa.CheckConstraint("(state = 'disposed') = (disposed_by_id IS NOT NULL)", name="ck_archive_papers_disposed"),
        sa.CheckConstraint("(state = 'kept') = (proposed_by_id IS NULL)", name="ck_archive_papers_proposed"),
        sa.CheckConstraint("retention IN ('permanent', 'years-30', 'years-10')", name="ck_archive_papers_retention"),
        sa.CheckConstraint(
            "state = 'kept' OR (proposed_on IS NOT NULL AND keep_until IS NOT NULL AND proposed_on > keep_until)",
            name="ck_archive_papers_ended",
        ),
        sa.CheckConstraint("state IN ('kept', 'proposed', 'disposed')", name="ck_archive_papers_state"),
        sa.CheckConstraint(
            "disposed_by_id IS NULL OR disposed_by_id <> proposed_by_id", name="ck_archive_papers_two_people"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_archive_papers_organisation_id_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_archive_papers"),
        sa.UniqueConstraint("number", name="uq_archive_papers_number"),
    )
    op.create_index("ix_archive_papers_keep_until", "archive_papers", ["state", "keep_until"], unique=False)
    op.create_index("ix_archive_papers_organisation", "archive_papers", ["organisation_id", "dated_on"], unique=False)
    op.create_table(
        "archive_loans",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("paper_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("purpose", sa.String(200), nullable=False),
        sa.Column("lent_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("returned_on", sa.Date, nullable=True),
        sa.Column("lent_by", sa.String(120), nullable=False),
        sa.CheckConstraint("due_on >= lent_on", name="ck_archive_loans_due"),
        sa.CheckConstraint("returned_on IS NULL OR returned_on >= lent_on", name="ck_archive_loans_returned"),
        sa.ForeignKeyConstraint(["paper_id"], ["archive_papers.id"], name="fk_archive_loans_paper_id_archive_papers"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_archive_loans_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_archive_loans"),
    )
    op.create_index("ix_archive_loans_due", "archive_loans", ["returned_on", "due_on"], unique=False)
    op.create_index("ix_archive_loans_person_id", "archive_loans", ["person_id"], unique=False)
    op.create_index(
        "uq_archive_loans_open",
        "archive_loans",
        ["paper_id"],
        unique=True,
        postgresql_where=sa.text("returned_on IS NULL"),
        sqlite_where=sa.text("returned_on IS NULL"),
    )
    op.create_table(
        "archive_numbers",
        sa.Column("year", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_archive_numbers"),
    )


# The counts of an appraisal follow its grades, so that the check on them holds whoever writes grades, and when.
_POSTGRESQL = (
    """INSERT INTO organisation_periods (id, organisation_id, kind, parent_id, name_zh, name_en, end_on)
       SELECT gen_random_uuid(), id, kind, parent_id, name_zh, name_en,
              CASE WHEN active THEN NULL ELSE CURRENT_DATE END FROM organisations""",
    """ALTER TABLE organisation_periods ADD CONSTRAINT ex_organisation_periods_overlap
       EXCLUDE USING gist (organisation_id WITH =, daterange(start_on, end_on, '[)') WITH &&)""",
    """CREATE FUNCTION counted_grade() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE appraisals
        SET full_members = full_members + (NEW.role = 'member' IS TRUE)::int - (OLD.role = 'member' IS TRUE)::int,
            excellent = excellent + (NEW.grade = 'excellent' IS TRUE)::int - (OLD.grade = 'excellent' IS TRUE)::int
        WHERE id = COALESCE(NEW.appraisal_id, OLD.appraisal_id) AND closed_on IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'closed_appraisal' USING ERRCODE = 'check_violation', CONSTRAINT = 'closed_appraisal';
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER counted_grade AFTER INSERT OR DELETE OR UPDATE OF role, grade ON appraisal_grades
       FOR EACH ROW EXECUTE FUNCTION counted_grade()""",
)
_OVERLAPS = """BEGIN SELECT RAISE(ABORT, 'ex_organisation_periods_overlap') WHERE EXISTS (
    SELECT 1 FROM organisation_periods AS other WHERE other.organisation_id = NEW.organisation_id AND other.id <> NEW.id
      AND (NEW.end_on IS NULL OR other.start_on IS NULL OR other.start_on < NEW.end_on)
      AND (other.end_on IS NULL OR NEW.start_on IS NULL OR other.end_on > NEW.start_on)); END"""


def _counted(row: str, full: str, excellent: str) -> str:
    return f"""BEGIN
    SELECT RAISE(ABORT, 'closed_appraisal') WHERE EXISTS (
        SELECT 1 FROM appraisals WHERE id = {row}.appraisal_id AND closed_on IS NOT NULL);
    UPDATE appraisals SET full_members = full_members + {full}, excellent = excellent + {excellent}
    WHERE id = {row}.appraisal_id; END"""


_ADDED = ("(NEW.role = 'member')", "(NEW.grade IS 'excellent')")
_TAKEN = ("- (OLD.role = 'member')", "- (OLD.grade IS 'excellent')")
_CHANGED = (f"{_ADDED[0]} {_TAKEN[0]}", f"{_ADDED[1]} {_TAKEN[1]}")
_SQLITE = (
    """INSERT INTO organisation_periods (id, organisation_id, kind, parent_id, name_zh, name_en, end_on)
       SELECT lower(hex(randomblob(16))), id, kind, parent_id, name_zh, name_en,
              CASE WHEN active THEN NULL ELSE CURRENT_DATE END FROM organisations""",
    f"CREATE TRIGGER organisation_periods_overlap_insert BEFORE INSERT ON organisation_periods {_OVERLAPS}",
    f"CREATE TRIGGER organisation_periods_overlap_update BEFORE UPDATE ON organisation_periods {_OVERLAPS}",
    f"CREATE TRIGGER counted_grade_insert AFTER INSERT ON appraisal_grades {_counted('NEW', *_ADDED)}",
    f"CREATE TRIGGER counted_grade_delete AFTER DELETE ON appraisal_grades {_counted('OLD', *_TAKEN)}",
    f"CREATE TRIGGER counted_grade_update AFTER UPDATE OF role, grade ON appraisal_grades {_counted('NEW', *_CHANGED)}",
)
