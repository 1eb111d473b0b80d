"""The rules, templates and holidays that a new installation begins with."""

from notifications.seed.load import load_seed
from notifications.workdays.models import WORKDAYS
from shared.runtime import Runtime
from shared.workdays.commands import plant_calendar


def plant(runtime: Runtime) -> None:
    """Add what is missing; called by ``migrate``, safe to repeat."""
    with runtime.unit_of_work() as work:
        load_seed(work)
        plant_calendar(work, WORKDAYS)
