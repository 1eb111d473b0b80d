"""The rules and templates that a new installation begins with."""

from notifications.seed.load import load_seed
from shared.runtime import Runtime


def plant(runtime: Runtime) -> None:
    """Add what is missing; called by ``migrate``, safe to repeat."""
    with runtime.unit_of_work() as work:
        load_seed(work)
