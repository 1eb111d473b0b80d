"""What the service cannot be without: planted by ``membership migrate``, safe to repeat."""

from membership.workdays.commands import plant_calendar
from shared.runtime import Runtime


def plant(runtime: Runtime) -> None:
    """The official working-day calendar, as far as this release knows it."""
    with runtime.unit_of_work() as work:
        plant_calendar(work)
