"""What falls due in a file, kept as rows that a timer announces."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from membership.development.models import DevelopmentDeadline, DevelopmentFile, DevelopmentStep
from membership.development.pack import pack_on, packs
from membership.development.queries import state_of
from membership.development.rules import deadlines
from membership.workdays.models import WORKDAYS
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.workdays.queries import work_calendar


def keep_working_day_terms(work: UnitOfWork) -> None:
    """The calendar changed: bring every open file into line that waits for working days to pass. Safe to repeat."""
    opened = {step.working_days[1] for pack in packs() for step in pack.steps.values() if step.working_days}
    waiting = {code for pack in packs() for code, step in pack.steps.items() if step.working_days}

    def passed(steps: set[str]) -> Select[Any]:
        return select(DevelopmentStep.file_id).where(DevelopmentStep.step.in_(steps), DevelopmentStep.passed)

    query = select(DevelopmentFile).where(
        DevelopmentFile.state == "open",
        DevelopmentFile.id.in_(passed(opened)),
        DevelopmentFile.id.not_in(passed(waiting)),
    )
    for file in work.session.scalars(query.order_by(DevelopmentFile.id).with_for_update()).all():
        keep_deadlines(work, file)


def keep_deadlines(work: UnitOfWork, file: DevelopmentFile) -> None:
    """Bring the rows into line with the file; what is due as before keeps its announcement."""
    wanted = {}
    if file.state == "open":
        last = max(one.held_on for one in file.steps)
        found = deadlines(pack_on(last), state_of(file), work_calendar(work.session, WORKDAYS))
        wanted = {(one.kind, one.due_on): one for one in found}
    file.deadlines[:] = [row for row in file.deadlines if (row.kind, row.due_on) in wanted]
    there = {(row.kind, row.due_on) for row in file.deadlines}
    for key, one in wanted.items():
        if key not in there:
            announce_on = one.due_on - timedelta(days=one.lead)
            file.deadlines.append(
                DevelopmentDeadline(
                    id=new_id(), file_id=file.id, kind=one.kind, due_on=one.due_on, announce_on=announce_on
                )
            )
    work.session.flush()
