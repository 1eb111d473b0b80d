"""The declarative base of the service's tables, and what a case table has to have."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import DeclarativeBase

from shared.database import new_metadata

BODY = "body IN ('party', 'union', 'league', 'women')"
WALLED = {"walled": True}
"""Goes into a table's ``info``: its rows belong to one body (column ``body``) and are read through the wall alone."""


class Base(DeclarativeBase):
    metadata = new_metadata()


def one_of_the_bodies() -> CheckConstraint:
    """Each case belongs to exactly one of the four bodies."""
    return CheckConstraint(BODY, name="body")
