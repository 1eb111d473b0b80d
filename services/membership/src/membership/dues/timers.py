"""What happens to dues because a month begins: everybody who has a base is assessed."""

from membership.dues.commands import generate_month
from membership.settings import Centre
from shared.runtime import Runtime


def generate_dues(runtime: Runtime) -> int:
    """Assess the current month, a batch at a time. Safe to repeat."""
    today = Centre.of(runtime.settings).today(runtime.clock())
    with runtime.unit_of_work() as work:
        return generate_month(work, today)
