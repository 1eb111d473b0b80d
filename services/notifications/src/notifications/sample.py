"""Sample staff, and a rule that collects. Messages need no sample of their own: the other services' events make them."""

from notifications.digests.commands import set_digest
from notifications.digests.queries import digest_settings
from shared.runtime import Runtime
from shared.staff.sample import add_sample_staff

COLLECTING = "membership-started"


def load(runtime: Runtime) -> None:
    """Add the sample accounts that are missing; whoever joins several organisations at once reads of it once."""
    with runtime.unit_of_work() as work:
        add_sample_staff(work, runtime.settings)
        if COLLECTING not in digest_settings(work.session):
            set_digest(work, COLLECTING, version=0, minutes=5)
