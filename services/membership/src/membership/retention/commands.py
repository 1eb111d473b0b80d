"""Marking what is due, undoing that, and removing it when the window is over. For managers of the whole centre."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from membership.development.models import DevelopmentFile, DevelopmentHelper, DevelopmentPaper, DevelopmentStep
from membership.erasures.commands import confirm_erasure, request_erasure, withdraw_erasure
from membership.erasures.models import Erasure
from membership.imports.models import Import
from membership.people.models import Person
from membership.refusals import refused_by
from membership.retention.models import RetentionMark, RetentionRun
from membership.retention.queries import NOUN, dry_run, marks_of
from membership.retention.rules import retention
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.principal import BODIES
from shared.refusal import NotFound, Reason, Refused, Stale
from shared.texts import N_

REASON = "Retention: no membership for the years that the office has set"


def mark_what_is_due(work: UnitOfWork, *, expected: int, said: int | None, centre: Centre) -> RetentionRun:
    """Mark everything that the dry run shows; nothing is removed before the window is over.

    ``expected`` is the number that the dry run showed: another one now is refused. Above the cap ``said`` has to be
    that number, too. People are asked about in the other services meanwhile, as before any erasure.
    """
    _demand(work)
    found = dry_run(work.session, work.actor, centre.today(work.now), centre)
    if len(found.due) != expected:
        text = N_("%(count)s records are due by now. Look at them again.")
        raise Refused("list-changed", text, count=len(found.due))
    if not found.due:
        raise Refused("nothing-due", N_("Nothing is due."))
    if found.over_cap and said != expected:
        text = N_("That is more than one run may mark. To go on, a manager writes the number of records: %(count)s.")
        raise Refused("over-cap", text, field="said", count=expected)
    run = RetentionRun(
        id=new_id(),
        state="marked",
        over_cap=found.over_cap,
        started_by=work.actor.name[:120],
        started_by_key=work.actor.key[:80],
        started_at=work.now,
        final_from=work.now + timedelta(days=retention().window_days),
        version=1,
    )
    work.session.add(run)
    work.session.flush()
    with refused_by(work.session, _TWICE):
        work.session.add_all(
            RetentionMark(
                id=new_id(),
                run_id=run.id,
                rule=one.rule,
                subject_id=one.subject_id,
                due_on=one.ended_on,
                state="marked",
            )
            for one in found.due
        )
    for one in found.due:
        if one.rule == "people":
            erasure = request_erasure(work, one.subject_id, REASON, centre=centre)
            erasure.requested_by = f"retention:{run.id}"
    work.audit("retention-marked", f"retention/{run.id}", count=expected, over_cap=found.over_cap)
    return run


def undo_run(work: UnitOfWork, run_id: UUID, *, version: int) -> RetentionRun:
    """Nothing of what the run marked and has not removed yet is removed."""
    _demand(work)
    run = _waiting(work, run_id)
    if run.version != version:
        raise Stale(run.version)
    for mark in marks_of(work.session, run_id, "marked"):
        _let_go(work, mark, "undone")
    run.state, run.undone_by, run.ended_at = "undone", work.actor.name[:120], work.now
    run.version += 1
    work.session.flush()
    work.audit("retention-undone", f"retention/{run.id}")
    return run


def remove_marked(work: UnitOfWork, mark_id: UUID, *, centre: Centre) -> str:
    """The state in which the mark is now: ``removed``, ``kept`` where something stands against it."""
    mark: RetentionMark | None = work.lock(RetentionMark, mark_id)
    if mark is None or mark.state != "marked":
        return "undone"
    done = _REMOVING[mark.rule](work, mark.subject_id, centre)
    if done:
        mark.state = "removed"
    else:
        _let_go(work, mark, "kept")
    work.session.flush()
    work.audit(f"retention-{mark.state}", f"retention/{mark.run_id}", rule=mark.rule, record=str(mark.subject_id))
    return mark.state


def end_run(work: UnitOfWork, run_id: UUID) -> None:
    """All its marks are worked off."""
    run: RetentionRun | None = work.lock(RetentionRun, run_id)
    if run is not None and run.state == "marked" and not marks_of(work.session, run_id, "marked", 1):
        run.state, run.ended_at = "done", work.now
        run.version += 1
        work.audit("retention-done", f"retention/{run.id}")


def _demand(work: UnitOfWork) -> None:
    """It concerns people of every body."""
    for body in BODIES:
        work.actor.demand("manager", body)


def _waiting(work: UnitOfWork, run_id: UUID) -> RetentionRun:
    run: RetentionRun | None = work.lock(RetentionRun, run_id)
    if run is None:
        raise NotFound(NOUN)
    if run.state != "marked" or work.now >= run.final_from:
        raise Refused("window-over", N_("The window in which this run could be undone is over."))
    return run


def _let_go(work: UnitOfWork, mark: RetentionMark, state: str) -> None:
    mark.state = state
    erasure = _erasure(work, mark.subject_id) if mark.rule == "people" else None
    if erasure is not None:
        withdraw_erasure(work, erasure.id, version=erasure.version)


def _erasure(work: UnitOfWork, person_id: UUID) -> Erasure | None:
    query = select(Erasure).where(
        Erasure.person_id == person_id, Erasure.state == "requested", Erasure.requested_by.startswith("retention:")
    )
    found: Erasure | None = work.session.scalars(query).one_or_none()
    return found


def _erase(work: UnitOfWork, person_id: UUID, centre: Centre) -> bool:
    """False when it was withdrawn, or when something is open here or in another service by now."""
    person = work.session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        return True
    erasure = _erasure(work, person_id)
    if erasure is None:
        return False
    try:
        with work.session.begin_nested():
            confirm_erasure(work, erasure.id, version=erasure.version, centre=centre)
    except Refused:
        work.session.expire_all()
        return False
    return True


def _empty_file(work: UnitOfWork, file_id: UUID, _centre: Centre) -> bool:
    """Steps and days stay, without what was written about the person and who helped."""
    file = work.session.get(DevelopmentFile, file_id)
    if file is None or file.state != "closed":
        return False
    for model in (DevelopmentPaper, DevelopmentHelper):
        work.session.execute(delete(model).where(model.file_id == file_id))
    work.session.execute(update(DevelopmentStep).where(DevelopmentStep.file_id == file_id).values(note=""))
    return True


def _drop_import(work: UnitOfWork, import_id: UUID, _centre: Centre) -> bool:
    work.session.execute(delete(Import).where(Import.id == import_id, Import.state == "given-up"))
    return True


_REMOVING = {"people": _erase, "files": _empty_file, "imports": _drop_import}
_REASON = Reason("marked-already", N_("Another run marked one of these records a moment ago."))
_TWICE = {"uq_retention_marks_live": _REASON, "retention_marks.rule, retention_marks.subject_id": _REASON}
