"""How deliveries stand in one look: how many of each kind, how old the oldest, and what fails for which cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shared.deliveries.ages import oldest
from shared.deliveries.failures import Failure, failures
from shared.deliveries.forbidden import forbidden_now
from shared.deliveries.kinds import KINDS
from shared.deliveries.lists import counts
from shared.forbidden import Forbidden
from shared.service import Service


@dataclass(frozen=True)
class Summary:
    """By the names of the open kinds; ``oldest`` holds only those of which there are any."""

    labels: Mapping[str, str]
    counts: Mapping[str, int]
    oldest: Mapping[str, timedelta]
    failures: Sequence[Failure]
    forbidden: Mapping[Forbidden, datetime]
    """What the broker does not let this service do, with the time since when that is known."""


def summarise(session: Session, service: Service, now: datetime) -> Summary:
    """The state of this moment."""
    since = {kind.name: oldest(session, kind) for kind in KINDS.values() if kind.open}
    return Summary(
        labels={kind.name: kind.label for kind in KINDS.values() if kind.open},
        counts=counts(session, service),
        oldest={name: max(now - moment, timedelta(0)) for name, moment in since.items() if moment is not None},
        failures=failures(session),
        forbidden=forbidden_now(session),
    )
