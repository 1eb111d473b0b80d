"""Following membership's ``person.merged``, ``person.erased`` and ``person.erasure-requested``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy import select, update

from shared.database import UnitOfWork
from shared.database.tables import FormerPerson
from shared.former_people.answers import Answers, listed
from shared.former_people.lookup import current_id, is_erased, is_former, merged_ids, people_forgotten
from shared.inbox.reactions import Reactions, ReceivedEvent
from shared.outbox.recorder import next_version
from shared.runtime import Runtime
from shared.timers import Timer

Counts = Mapping[str, int]


class FormerPersonNeeded(Schema):
    """What a person's snapshot says about who is gone; a service adds what it wants to know of the others."""

    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    merged_into = fields.UUID(load_default=None, allow_none=True)
    erased = fields.Boolean(load_default=False)


class MergedNeeded(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    into_id = fields.UUID(required=True)


class ErasedNeeded(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)


class ErasureRequestedNeeded(ErasedNeeded):
    request_id = fields.UUID(required=True)


@dataclass(frozen=True)
class PersonRules:
    """What one service has of people.

    ``move(work, old, new)`` makes everything of the old id the new one's; ``erase(work, id)`` removes what tells who
    the person was; both say how much of what. ``still_open(session, id)`` says what must end before an erasure.
    ``keep(work, data)`` remembers a person as they are, where the service does.
    """

    move: Callable[[UnitOfWork, UUID, UUID], Counts]
    erase: Callable[[UnitOfWork, UUID], Counts]
    still_open: Callable[[UnitOfWork, UUID], Counts]
    keep: Callable[[UnitOfWork, ReceivedEvent], None] | None = None
    needs: type[Schema] = FormerPersonNeeded


def follow_people(reactions: Reactions, rules: PersonRules, answers: Answers) -> None:
    """Let a service's reactions to membership keep up with who is there and who is gone."""

    def kept(work: UnitOfWork, event: ReceivedEvent) -> None:
        if rules.keep is not None and not is_former(work.session, event.data["person_id"]):
            rules.keep(work, event)

    def snapshot(work: UnitOfWork, event: ReceivedEvent) -> None:
        said = event.data
        if said["merged_into"] is not None:
            take_merge(work, rules, answers, said["person_id"], said["merged_into"])
        elif said["erased"]:
            take_erasure(work, rules, answers, said["person_id"])
        else:
            kept(work, event)

    def merged(work: UnitOfWork, event: ReceivedEvent) -> None:
        take_merge(work, rules, answers, event.data["person_id"], event.data["into_id"])

    def erased(work: UnitOfWork, event: ReceivedEvent) -> None:
        take_erasure(work, rules, answers, event.data["person_id"])

    def asked(work: UnitOfWork, event: ReceivedEvent) -> None:
        person_id, request_id = event.data["person_id"], event.data["request_id"]
        found = listed(rules.still_open(work, person_id))
        data = {"person_id": person_id, "request_id": request_id, "still_open": found}
        work.record(answers.erasure_checked, person_id, data)

    if rules.keep is not None:
        for name in ("person.registered", "person.updated"):
            reactions.on(name, needs=rules.needs)(kept)
    reactions.on("person.snapshot", needs=rules.needs)(snapshot)
    reactions.on("person.merged", needs=MergedNeeded)(merged)
    reactions.on("person.erased", needs=ErasedNeeded)(erased)
    reactions.on("person.erasure-requested", needs=ErasureRequestedNeeded)(asked)


def take_merge(work: UnitOfWork, rules: PersonRules, answers: Answers, person_id: UUID, into_id: UUID) -> None:
    """Everything of the old id becomes the other's, and membership is told; a second time nothing happens.

    Where the other one was merged on meanwhile, it goes on to that one, in whichever order the two arrive; where it
    was erased meanwhile, what comes to it is erased as well.
    """
    _one_at_a_time(work)
    if is_former(work.session, person_id):
        return
    target = current_id(work.session, into_id)
    counts = dict(rules.move(work, person_id, target))
    work.session.add(FormerPerson(person_id=person_id, merged_into=target, since=work.now, counts=counts))
    work.session.execute(update(FormerPerson).where(FormerPerson.merged_into == person_id).values(merged_into=target))
    work.session.flush()
    if is_erased(work.session, target):
        rules.erase(work, target)
        people_forgotten(work.session, [person_id])
    work.record(answers.merge_done, person_id, {"person_id": person_id, "into_id": target, "counts": listed(counts)})


def take_erasure(work: UnitOfWork, rules: PersonRules, answers: Answers, person_id: UUID) -> None:
    """Nothing here tells any more who the person was, and membership is told; a second time nothing happens."""
    _one_at_a_time(work)
    if is_former(work.session, person_id):
        return
    counts = dict(rules.erase(work, person_id))
    ids = [person_id, *merged_ids(work.session, person_id)]
    work.session.add(FormerPerson(person_id=person_id, merged_into=None, since=work.now, counts=counts))
    work.session.flush()
    people_forgotten(work.session, ids)
    work.record(answers.erasure_done, person_id, {"person_id": person_id, "counts": listed(counts)})


SWEPT_FOR = timedelta(days=2)
"""How long after a merge or an erasure something with the old id may still come in: a form that was open meanwhile."""

_HEARD_LATELY = timedelta(hours=1)


def sweeper(rules: PersonRules) -> Timer:
    """Carries out again what a command that ran beside the merge or the erasure may have left behind."""

    def sweep(runtime: Runtime) -> int:
        with runtime.reading() as session:
            recent = select(FormerPerson.person_id).where(FormerPerson.since > runtime.clock() - SWEPT_FOR)
            ids = session.scalars(recent.order_by(FormerPerson.since)).all()
        for person_id in ids:
            with runtime.unit_of_work() as work:
                _one_at_a_time(work)
                target = current_id(work.session, person_id)
                if target != person_id:
                    rules.move(work, person_id, target)
                if is_erased(work.session, target):
                    rules.erase(work, target)
                    ids_of_it = [target, *merged_ids(work.session, target)]
                    people_forgotten(work.session, ids_of_it, runtime.clock() - _HEARD_LATELY)
        return 0

    return Timer("finish merges and erasures", timedelta(minutes=10), sweep)


def _one_at_a_time(work: UnitOfWork) -> None:
    """Held to the end of the transaction, so that of a chain of merges each sees what the one before it moved."""
    next_version(work, "former-people/all")
