"""What is known of when something takes place."""

from datetime import datetime

from sqlalchemy import select

from notifications.messages.announcements import Announcement
from notifications.subjects.models import Subject
from shared.database import UnitOfWork


def needed_by(work: UnitOfWork, announcement: Announcement) -> datetime | None:
    """The earliest time still to come at which somebody may be there in vain, or be missed; None where it is not
    `pressing`. Asked before the event is followed, while the time before is still known."""
    if not announcement.pressing:
        return None
    known = work.session.scalar(select(Subject.starts_at).where(Subject.subject == announcement.event.subject))
    times = (known, announcement.was_starts_at, announcement.starts_at)
    return min((moment for moment in times if moment is not None and moment > work.now), default=None)
