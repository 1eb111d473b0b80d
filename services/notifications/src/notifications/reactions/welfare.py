"""Welfare: appointments and progress, in neutral words. No event of welfare says what a case is about."""

from marshmallow import EXCLUDE, Schema, fields

from notifications.messages.fan_out import announce
from notifications.subjects.commands import follow
from notifications.wording.values import period
from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent
from shared.principal import ALL_BODIES

reactions = Reactions("welfare")
_STATES = {"requested": "uncertain", "unplaced": "uncertain", "scheduled": "coming"}


class TalkNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(load_default=None, allow_none=True)
    body = fields.String(load_default=None, allow_none=True)


class CancelledTalkNeeds(TalkNeeds):
    was = fields.String(load_default=None, allow_none=True)


class TalkStateNeeds(TalkNeeds):
    state = fields.String(required=True)


class ReliefNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    body = fields.String(load_default=None, allow_none=True)


class DisputeNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    person_ids = fields.List(fields.UUID(), required=True)
    body = fields.String(load_default=None, allow_none=True)


@reactions.on("talk.scheduled", needs=TalkNeeds)
@reactions.on("talk.moved", needs=TalkNeeds)
@reactions.on("talk.cancelled", needs=CancelledTalkNeeds)
def talk_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    """A talk that was only asked for had no time that its person knew of: cancelling it is no news for them."""
    data = event.data
    announce(
        work,
        event,
        [data["person_id"]],
        facts={"when": period(data["starts_at"], data["ends_at"])},
        starts_at=data["starts_at"],
        pressing=event.name != "talk.scheduled",
        held_back="never-told" if data.get("was") == "requested" else None,
        body=data["body"] or ALL_BODIES,
    )
    _follow(work, event, "ended" if event.name == "talk.cancelled" else "coming")


@reactions.on("talk.snapshot", needs=TalkStateNeeds)
def talk_known(work: UnitOfWork, event: ReceivedEvent) -> None:
    _follow(work, event, _STATES.get(event.data["state"], "ended"))


def _follow(work: UnitOfWork, event: ReceivedEvent, state: str) -> None:
    data = event.data
    facts = {"when": period(data["starts_at"], data["ends_at"])}
    people = [data["person_id"]]
    follow(work, event, state, people, starts_at=data["starts_at"], facts=facts, body=data["body"] or ALL_BODIES)


@reactions.on("relief.submitted", needs=ReliefNeeds)
@reactions.on("relief.decided", needs=ReliefNeeds)
@reactions.on("relief.paid", needs=ReliefNeeds)
@reactions.on("relief.reversed", needs=ReliefNeeds)
def relief_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    announce(work, event, [event.data["person_id"]], facts={}, body=event.data["body"] or ALL_BODIES)


@reactions.on("dispute.opened", needs=DisputeNeeds)
@reactions.on("dispute.settled", needs=DisputeNeeds)
@reactions.on("dispute.unsettled", needs=DisputeNeeds)
def dispute_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    announce(work, event, event.data["person_ids"], facts={}, body=event.data["body"] or ALL_BODIES)
