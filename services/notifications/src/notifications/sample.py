"""Sample staff, one of whom is a person with notices of their own; a draft of a text, and a rule that collects.

Messages need no sample of their own: the other services' events make them.
"""

from notifications.broadcasts.sample import add_samples
from notifications.digests.commands import set_digest
from notifications.digests.queries import digest_settings
from notifications.rules.models import StaffSubscription
from notifications.wording.commands import save_draft
from notifications.wording.queries import find_draft, version_of
from shared.database import UnitOfWork
from shared.runtime import Runtime
from shared.sample import sample_id
from shared.staff.accounts import find_account
from shared.staff.sample import add_sample_staff

COLLECTING = "membership-started"
DRAFTED = ("registration-confirmed", "sms", "zh-Hans")
_TEXT = "((name))您好，((who))已成功报名“((title))”，((when))((place??，((place))))。不能来请早说，把名额让给候补的人。"


def load(runtime: Runtime) -> None:
    """Add the sample accounts that are missing; whoever joins several organisations at once reads of it once."""
    with runtime.unit_of_work() as work:
        add_sample_staff(work, runtime.settings)
        add_samples(work, runtime.settings.time_zone)
        if COLLECTING not in digest_settings(work.session):
            set_digest(work, COLLECTING, version=0, minutes=5)
        _somebody_with_notices(work)
        if find_draft(work.session, *DRAFTED) is None and version_of(work.session, *DRAFTED) == 1:
            save_draft(work, *DRAFTED, subject="", body=_TEXT)


def _somebody_with_notices(work: UnitOfWork) -> None:
    """Who approves is one of the sample people, and hears of bookings and of shifts that lack people."""
    account = find_account(work.session, "approver")
    if account is None or account.person_id is not None:
        return
    account.person_id = sample_id("person", 7)
    work.session.add_all(
        StaffSubscription(account_id=account.id, event_type=f"facilities.{kind}", since=work.now)
        for kind in ("booking.confirmed", "booking.requested", "shift.understaffed")
    )
