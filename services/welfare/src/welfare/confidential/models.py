"""Where all case text lives: one table, so that there is one way in and one way out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import UtcDateTime, Uuid
from welfare.base import WALLED, Base, one_of_the_bodies


class CaseText(Base):
    """One sealed text: a talk's note, a visit's finding. ``key_id`` says which of the data keys sealed it."""

    __tablename__ = "case_texts"
    __table_args__ = (
        one_of_the_bodies(),
        CheckConstraint(
            "kind IN ('talks', 'disputes', 'mediation_sessions', 'relief_applications', 'relief_visits')", name="kind"
        ),
        {"info": WALLED},
    )
    noun = "note"
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    part: Mapped[str] = mapped_column(String(24), primary_key=True)
    body: Mapped[str] = mapped_column(String(10))
    key_id: Mapped[str] = mapped_column(String(40), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    written_by: Mapped[str] = mapped_column(String(80))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
