"""What the service cannot be without: planted by ``membership migrate``, safe to repeat."""

from membership.people.timers import index_people
from membership.workdays.models import WORKDAYS
from shared.runtime import Runtime
from shared.workdays.commands import plant_calendar


def plant(runtime: Runtime) -> None:
    """The official working-day calendar as far as this release knows it, and the search index of people."""
    with runtime.unit_of_work() as work:
        plant_calendar(work, WORKDAYS)
    while index_people(runtime):
        pass
