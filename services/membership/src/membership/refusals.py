"""Turning a broken constraint of the database into the refusal that the rule would have given."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.database import violated
from shared.refusal import Reason, Refused
from shared.texts import N_


@contextmanager
def refused_by(session: Session, reasons: Mapping[str, Reason]) -> Iterator[None]:
    """Flush what the block added, within a savepoint; a broken constraint becomes a refusal (409).

    ``reasons`` maps constraint names as :func:`shared.database.violated` gives them on either engine. The transaction
    stays usable, so that whoever catches the refusal can look at what stands in the way.
    """
    session.flush()
    try:
        with session.begin_nested():
            yield
            session.flush()
    except IntegrityError as error:
        broken = violated(error) or ""
        reason = reasons.get(broken) or (_GONE if _names_somebody_gone(broken) else None)
        if reason is None:
            raise
        raise Refused.many([reason], status=409) from error


_GONE = Reason("person-gone", N_("This person was merged into another record or erased in the meantime."))


def _names_somebody_gone(constraint: str) -> bool:
    """Whether a row was to name a person whose record was removed, or emptied for good, a moment ago."""
    return constraint == "erased_person" or (constraint.startswith("fk_") and constraint.endswith("_people"))
