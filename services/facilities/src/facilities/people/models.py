"""Who may be named as the one who books: id and name, nothing else."""

from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from facilities.tables import Base
from shared.database import Uuid


class Person(Base):
    """A registered person, as membership last spoke of them."""

    __tablename__ = "people"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
