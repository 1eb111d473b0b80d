"""People. An ID number is kept sealed, with a blind index that makes it unique."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from membership.base import Base
from membership.people.readings import sort_key
from shared.database import UtcDateTime, Uuid


class Person(Base):
    """``phone`` is E.164. ``sort_key`` follows from the name: lists are in the order of how names are read.

    ``guarded``: the guardians are written to instead, as the last contact event said.

    ``indexed_version`` is the version that the search index knows; a timer catches up where it differs. Once
    ``erased_at`` is set, the database lets nothing change any more.
    """

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint("id_number_index"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("language IN ('zh-Hans', 'en')", name="language"),
        CheckConstraint("(id_number_sealed IS NULL) = (id_number_index IS NULL)", name="id_number"),
        Index("ix_people_name", "name"),
        Index("ix_people_sort_key", "sort_key", "id"),
        Index("ix_people_birth_on", "birth_on", "id"),
        Index("ix_people_phone", "phone"),
    )
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    sort_key: Mapped[str] = mapped_column(
        String(200).with_variant(String(200, collation="C"), "postgresql"), server_default=""
    )
    language: Mapped[str] = mapped_column(String(10))
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    birth_on: Mapped[date | None]
    id_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    guarded: Mapped[bool] = mapped_column(default=False)
    sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    indexed_version: Mapped[int] = mapped_column(default=0, server_default="0")
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    phone_unreachable_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    email_unreachable_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @validates("name")
    def _sorted(self, _field: str, name: str) -> str:
        self.sort_key = sort_key(name)
        return name
