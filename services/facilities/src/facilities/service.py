"""This service, put together for the shared code: its events, reactions, timers, tables and snapshots."""

from facilities.bookings import queries as bookings
from facilities.holds.timer import TIMER as EXPIRE_HOLDS
from facilities.occupancy.models import Occupancy
from facilities.people import models as _people  # noqa: F401 - its table belongs to the metadata
from facilities.published import answers, registry
from facilities.reactions import activities, membership, welfare
from facilities.resources import queries as resources
from facilities.roster import snapshots as roster
from facilities.roster.timer import TIMER as WARN_OF_SHORT_SHIFTS
from shared.former_people import sweeper
from shared.service import Service
from shared.staff.timers import TIMERS as STAFF_TIMERS

SERVICE = Service(
    name="facilities",
    registry=registry,
    metadata=Occupancy.metadata,
    reactions=(membership.reactions, activities.reactions, welfare.reactions),
    timers=(EXPIRE_HOLDS, WARN_OF_SHORT_SHIFTS, sweeper(membership.PEOPLE), *STAFF_TIMERS),
    snapshots={
        "resource": resources.snapshots,
        "booking": bookings.snapshots,
        "shift": roster.shifts,
        "duty": roster.duties,
        **answers.snapshots,
    },
)
