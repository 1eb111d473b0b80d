"""The metadata that all tables of this service belong to."""

from shared.database import new_metadata
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    metadata = new_metadata()
