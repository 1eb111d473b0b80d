"""Campaigns, and the campaign that a relief application may name.

Revision ID: welfare_0002
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Fen, UtcDateTime, Uuid

revision = "welfare_0002"
down_revision = "welfare_0001"
branch_labels = None
depends_on = None

_BODY = "body IN ('party', 'union', 'league', 'women')"
_ONE_WAY = "campaigns_never_go_back"
_WENT_BACK = "OLD.state = 'closed' OR (OLD.state = 'open' AND NEW.state = 'planned')"


def upgrade() -> None:
    _campaigns()
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("relief_applications", sa.Column("campaign_id", Uuid))
        op.create_foreign_key(
            "fk_relief_applications_campaign",
            "relief_applications",
            "campaigns",
            ["campaign_id", "body"],
            ["id", "body"],
        )
    else:
        _rebuild_applications(with_campaign=True)
    op.create_index("ix_relief_applications_campaign_id", "relief_applications", ["campaign_id"])


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("purpose", sa.String(500), nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("fund_id", Uuid),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("opened_on", sa.Date),
        sa.Column("closed_on", sa.Date),
        sa.Column("planned_by_name", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.UniqueConstraint("id", "body", name="uq_campaigns_id"),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name="fk_campaigns_fund_id_funds"),
        sa.CheckConstraint(_BODY, name="ck_campaigns_body"),
        sa.CheckConstraint("state IN ('planned', 'open', 'closed')", name="ck_campaigns_state"),
        sa.CheckConstraint("starts_on <= ends_on", name="ck_campaigns_days"),
        sa.CheckConstraint("(state = 'planned') = (opened_on IS NULL)", name="ck_campaigns_opened_on"),
        sa.CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="ck_campaigns_closed_on"),
    )
    op.create_index("ix_campaigns_body_state", "campaigns", ["body", "state"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""
            CREATE FUNCTION {_ONE_WAY}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '{_ONE_WAY}'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{_ONE_WAY}';
            END $$
            """
        )
        op.execute(
            f"CREATE TRIGGER {_ONE_WAY} BEFORE UPDATE ON campaigns FOR EACH ROW "
            f"WHEN ({_WENT_BACK}) EXECUTE FUNCTION {_ONE_WAY}()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {_ONE_WAY} BEFORE UPDATE ON campaigns WHEN {_WENT_BACK} "
        f"BEGIN SELECT RAISE(ABORT, '{_ONE_WAY}'); END"
    )


def _rebuild_applications(*, with_campaign: bool) -> None:
    """SQLite cannot add a key of two columns to a table, so the table is made anew under its own name.

    With the keys deferred, dropping it counts what its visits, decisions and pay-outs then miss, and filling it
    again counts that back to nothing before the commit. Renaming a second table into its place would not.
    """
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TABLE relief_applications_kept AS SELECT * FROM relief_applications")
    op.drop_table("relief_applications")
    more: list[sa.schema.SchemaItem] = []
    if with_campaign:
        more = [
            sa.Column("campaign_id", Uuid),
            sa.ForeignKeyConstraint(
                ["campaign_id", "body"], ["campaigns.id", "campaigns.body"], name="fk_relief_applications_campaign"
            ),
        ]
    made = op.create_table(
        "relief_applications",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("household_id", Uuid),
        sa.Column("fund_id", Uuid, nullable=False),
        sa.Column("occasion", sa.String(12), nullable=False),
        sa.Column("amount_asked", Fen, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("submitted_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("drafted_by", Uuid, nullable=False),
        sa.Column("drafted_by_name", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        *more,
        sa.PrimaryKeyConstraint("id", name="pk_relief_applications"),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name="fk_relief_applications_fund_id_funds"),
        sa.UniqueConstraint("id", "person_id", "drafted_by", name="uq_relief_applications_id"),
        sa.CheckConstraint(_BODY, name="ck_relief_applications_body"),
        sa.CheckConstraint(
            "state IN ('submitted', 'visited', 'approved', 'declined', 'withdrawn', 'paid', 'reversed')",
            name="ck_relief_applications_state",
        ),
        sa.CheckConstraint(
            "occasion IN ('illness', 'injury', 'accident', 'study', 'disaster', 'hardship', 'other')",
            name="ck_relief_applications_occasion",
        ),
        sa.CheckConstraint("amount_asked > 0", name="ck_relief_applications_amount_asked"),
    )
    columns = ", ".join(column.name for column in made.columns if column.name != "campaign_id")
    op.execute(f"INSERT INTO relief_applications ({columns}) SELECT {columns} FROM relief_applications_kept")
    op.drop_table("relief_applications_kept")
    op.create_index("ix_relief_applications_body_state", "relief_applications", ["body", "state"])
    op.create_index("ix_relief_applications_person_id", "relief_applications", ["person_id"])


def downgrade() -> None:
    op.drop_index("ix_relief_applications_campaign_id", "relief_applications")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_relief_applications_campaign", "relief_applications", type_="foreignkey")
        op.drop_column("relief_applications", "campaign_id")
        op.drop_table("campaigns")
        op.execute(f"DROP FUNCTION {_ONE_WAY}()")
        return
    _rebuild_applications(with_campaign=False)
    op.drop_table("campaigns")
