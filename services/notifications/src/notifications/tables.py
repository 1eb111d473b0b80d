"""The base of this service's tables."""

from sqlalchemy.orm import DeclarativeBase

from shared.database import new_metadata


class Base(DeclarativeBase):
    metadata = new_metadata()
