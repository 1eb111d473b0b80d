"""Turning a broken constraint of the database into the refusal that the rule would have given."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.database import violated
from shared.refusal import Reason, Refused


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
        reason = reasons.get(violated(error) or "")
        if reason is None:
            raise
        raise Refused.many([reason], status=409) from error
