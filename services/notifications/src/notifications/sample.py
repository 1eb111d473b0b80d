"""Sample staff. Messages need no sample of their own: the other services' sample events make them."""

from shared.runtime import Runtime
from shared.staff.sample import add_sample_staff


def load(runtime: Runtime) -> None:
    """Add the sample accounts that are missing."""
    with runtime.unit_of_work() as work:
        add_sample_staff(work, runtime.settings)
