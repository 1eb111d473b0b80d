"""What is collected for somebody who is merged with another person, or erased."""

from uuid import UUID

from sqlalchemy import select, update

from notifications.digests.models import DigestWindow
from notifications.messages.models import Notice
from shared.database import UnitOfWork


def hand_over_windows(work: UnitOfWork, old: UUID, new: UUID) -> None:
    """Lines that wait for the old id wait for the other one, in the window that is open there where there is one."""
    windows = {
        (window.rule_key, window.body, window.person_id): window
        for window in work.session.scalars(
            select(DigestWindow)
            .where(DigestWindow.person_id.in_((old, new)), DigestWindow.closed_at.is_(None))
            .order_by(DigestWindow.id)
            .with_for_update()
        )
    }
    for (rule_key, body, person), window in windows.items():
        if person != old:
            continue
        theirs = windows.get((rule_key, body, new))
        if theirs is None:
            window.person_id = new
            continue
        moved = update(Notice).where(Notice.window_id == window.id).values(window_id=theirs.id)
        work.session.execute(moved.execution_options(synchronize_session=False))
        theirs.lines += window.lines
        window.closed_at = work.now
    work.session.flush()
