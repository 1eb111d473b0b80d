"""What happens because time passed: activities that are over are completed."""

from datetime import timedelta

from activities.activity.placing import complete_activities
from activities.reactions import membership
from shared.former_people import sweeper
from shared.runtime import Runtime
from shared.staff.timers import TIMERS as STAFF_TIMERS
from shared.timers import Timer

GRACE = timedelta(minutes=30)
"""How long after its last session an activity stays open, so that the desk can finish."""


def complete(runtime: Runtime) -> int:
    with runtime.unit_of_work() as work:
        return complete_activities(work, before=work.now - GRACE)


TIMERS = (Timer("complete-activities", timedelta(minutes=5), complete), sweeper(membership.PEOPLE), *STAFF_TIMERS)
