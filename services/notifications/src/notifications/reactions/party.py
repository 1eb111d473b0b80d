"""Membership's Party affairs: dues, transfers, floating members, and development files.

Development files are confidential: whom they concern is told that there is something, never what, and the messages
belong to the Party office alone.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy.orm import Session

from notifications.contacts.models import Organisation
from notifications.messages.fan_out import announce
from notifications.reactions.membership import reactions
from notifications.wording.values import bilingual
from shared.database import UnitOfWork
from shared.inbox import ReceivedEvent

BODY = "party"
_NEWS_FOR = timedelta(days=14)
"""What happened earlier was caught up with in the records, and is no news."""


class DuesNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    organisation_id = fields.UUID(load_default=None, allow_none=True)
    month = fields.String(required=True)
    amount = fields.String(required=True)
    due_on = fields.Date(required=True)
    paid_on = fields.Date(load_default=None, allow_none=True)


class TransferNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    from_organisation_id = fields.UUID(load_default=None, allow_none=True)
    to_organisation_id = fields.UUID(load_default=None, allow_none=True)
    state = fields.String(load_default=None, allow_none=True)
    valid_until = fields.Date(load_default=None, allow_none=True)
    accepted_on = fields.Date(load_default=None, allow_none=True)


class FloatingNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    home_organisation_id = fields.UUID(load_default=None, allow_none=True)
    host_organisation_id = fields.UUID(load_default=None, allow_none=True)
    started_on = fields.Date(required=True)
    ended_on = fields.Date(load_default=None, allow_none=True)


class StageNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    stage = fields.String(load_default=None, allow_none=True)
    reached_on = fields.Date(load_default=None, allow_none=True)


class ReviewDueNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    due = fields.String(load_default=None, allow_none=True)
    due_on = fields.Date(required=True)
    helpers = fields.List(fields.UUID(), load_default=list)


@reactions.on("dues.due", needs=DuesNeeds)
@reactions.on("dues.paid", needs=DuesNeeds)
@reactions.on("dues.reversed", needs=DuesNeeds)
def dues_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Tells the member. Months that were long over when they were entered are no news; that one of them is owed again
    is, whenever it was due."""
    data = event.data
    day = {"dues.due": data["due_on"], "dues.paid": data["paid_on"]}.get(event.name)
    facts = {
        "organisation": _name(work.session, data["organisation_id"]),
        "month": {"month": data["month"]},
        "amount": data["amount"],
        "due_day": _day(data["due_on"]),
        "paid_day": _day(data["paid_on"]),
    }
    announce(work, event, [data["person_id"]], facts=facts, held_back=_long_ago(work, day), body=BODY)


@reactions.on("transfer.requested", needs=TransferNeeds)
@reactions.on("transfer.accepted", needs=TransferNeeds)
@reactions.on("transfer.returned", needs=TransferNeeds)
def transfer_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Tells the member, with the names of the branches that membership keeps, and how it came back."""
    data = event.data
    facts: dict[str, Any] = {
        "from_organisation": _name(work.session, data["from_organisation_id"]),
        "to_organisation": _name(work.session, data["to_organisation_id"]),
        "until_day": _day(data["valid_until"]),
        "day": _day(data["accepted_on"]),
        "withdrawn": data["state"] == "withdrawn",
        "returned": data["state"] != "withdrawn",
    }
    late = _long_ago(work, data["accepted_on"])
    announce(work, event, [data["person_id"]], facts=facts, held_back=late, body=BODY)


@reactions.on("floating.registered", needs=FloatingNeeds)
@reactions.on("floating.confirmed", needs=FloatingNeeds)
@reactions.on("floating.closed", needs=FloatingNeeds)
def floating_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Tells the member."""
    data = event.data
    day = data["ended_on"] if event.name == "floating.closed" and data["ended_on"] else data["started_on"]
    facts = {
        "home": _name(work.session, data["home_organisation_id"]),
        "host": _name(work.session, data["host_organisation_id"]),
        "day": _day(day),
    }
    announce(work, event, [data["person_id"]], facts=facts, held_back=_long_ago(work, day), body=BODY)


@reactions.on("development.stage-reached", needs=StageNeeds)
def stage_reached(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Tells whom it concerns that there is something; conditions may look at the stage, no text can say it."""
    data = event.data
    announce(work, event, [data["person_id"]], facts={}, held_back=_long_ago(work, data["reached_on"]), body=BODY)


@reactions.on("development.review-due", needs=ReviewDueNeeds)
def review_due(work: UnitOfWork, event: ReceivedEvent) -> None:
    """Tells those who take care of it, not the person whose file it is."""
    announce(work, event, event.data["helpers"], facts={"due_day": _day(event.data["due_on"])}, body=BODY)


def _name(session: Session, organisation_id: UUID | None) -> dict[str, str] | None:
    found = session.get(Organisation, organisation_id) if organisation_id is not None else None
    return bilingual(found.name_zh, found.name_en) if found is not None else None


def _day(day: date | None) -> dict[str, str] | None:
    return {"day": day.isoformat()} if day is not None else None


def _long_ago(work: UnitOfWork, day: date | None) -> str | None:
    return "caught-up" if day is not None and day < (work.now - _NEWS_FOR).date() else None
