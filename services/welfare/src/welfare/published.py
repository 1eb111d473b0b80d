"""Every event that this service publishes, in neutral words: ids, bodies, times, states, amounts; never case text."""

from marshmallow import Schema, fields, validate

from shared.events import Registry
from shared.former_people import declare_answers
from shared.principal import BODIES

registry = Registry("welfare")
answers = declare_answers(registry)

_TALK = "0192f0c1-0000-7000-8000-0000000000a1"
_DISPUTE = "0192f0c1-0000-7000-8000-0000000000b1"
_RELIEF = "0192f0c1-0000-7000-8000-0000000000c1"
_FAMILY = "0192f0c1-0000-7000-8000-0000000000c2"
_CAMPAIGN = "0192f0c1-0000-7000-8000-0000000000d1"
_PERSON = "0192f0c1-0000-7000-8000-000000000001"
_TIMES = {"starts_at": "2026-11-24T01:00:00Z", "ends_at": "2026-11-24T01:45:00Z"}


def _id(meaning: str) -> fields.UUID:
    return fields.UUID(required=True, metadata={"description": meaning})


def _body() -> fields.String:
    return fields.String(
        required=True, validate=validate.OneOf(BODIES), metadata={"description": "The body that owns the case."}
    )


def _time(meaning: str) -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, format="iso", metadata={"description": meaning})


def _optional(meaning: str, **more: object) -> fields.String:
    return fields.String(metadata={"description": meaning}, **more)  # type: ignore[arg-type]


def _day(meaning: str, **more: bool) -> fields.Date:
    return fields.Date(metadata={"description": meaning}, **more)


class PlaceRequest(Schema):
    """What facilities needs to keep a room, and nothing of who comes or why."""

    talk_id = _id("The talk.")
    request_version = fields.Integer(
        required=True, validate=validate.Range(min=1), metadata={"description": "Grows with each new time asked for."}
    )
    starts_at = _time("When the talk begins.")
    ends_at = _time("When it ends; the room is free again from then on.")
    resource_code = fields.String(required=True, metadata={"description": "The room that is asked for."})


class TalkData(Schema):
    """A talk in neutral words."""

    talk_id = _id("The talk.")
    person_id = _id("Who comes.")
    body = _body()
    starts_at = _time("When the talk begins.")
    ends_at = _time("When it ends.")
    request_version = fields.Integer(metadata={"description": "The request for a place that this speaks of."})
    place_zh = _optional("Where, in Chinese, once a place was given.", allow_none=True)
    place_en = _optional("Where, in English, once a place was given.", allow_none=True)
    was = _optional(
        "Cancelled: whether the person had been given the time before.",
        validate=validate.OneOf(("requested", "scheduled")),
    )


class TalkSnapshotData(TalkData):
    """A talk as it is."""

    state = fields.String(
        required=True,
        validate=validate.OneOf(("requested", "unplaced", "scheduled", "held", "cancelled")),
        metadata={"description": "requested, unplaced (needs another time), scheduled, held or cancelled."},
    )


class DisputeData(Schema):
    """A dispute without its matter."""

    dispute_id = _id("The dispute.")
    body = _body()
    person_ids = fields.List(fields.UUID(), required=True, metadata={"description": "Whom it is between."})


class DisputeClosedData(DisputeData):
    """A dispute that mediation is over for."""

    closed_on = _day("The day of the agreement, or on which mediation was given up; it may lie before the event.")


class DisputeSnapshotData(DisputeClosedData):
    state = fields.String(
        required=True,
        validate=validate.OneOf(("open", "settled", "unsettled")),
        metadata={"description": "open, settled or unsettled."},
    )


class ReliefId(Schema):
    """Which application, of whom, and for which family."""

    relief_id = _id("The application.")
    person_id = _id("Who applied.")
    body = _body()
    family_id = fields.UUID(
        metadata={"description": "What counts as one family: the household, or the applicant who lives alone."}
    )


class ReliefVisitedData(ReliefId):
    """A home visit, without what was found."""

    visited_on = _day("The day of the visit.", required=True)


class ReliefData(ReliefId):
    """A relief application without its reasons."""

    amount = fields.String(
        required=True,
        validate=validate.Regexp(r"-?\d+\.\d{2}\Z"),
        metadata={"description": "Yuan with two decimals: asked for, granted, paid, or taken back."},
    )
    outcome = _optional(
        "What was decided.",
        validate=validate.OneOf(("approved", "declined")),
    )


class ReliefPaidData(ReliefData):
    """A pay-out. ``amount`` is what was handed over."""

    paid_on = _day("The day in the ledger; it may lie before the event.")


class ReliefReversedData(ReliefData):
    """A pay-out that was taken back. ``amount`` is negative."""

    reversed_on = _day("The day in the ledger; it may lie before the event.")


class ReliefSnapshotData(ReliefId):
    """A relief application in neutral words, with what the ledger says of it."""

    state = fields.String(
        required=True,
        validate=validate.OneOf(("submitted", "visited", "approved", "declined", "withdrawn", "paid", "reversed")),
        metadata={"description": "How far the application has come."},
    )
    visited_on = fields.List(fields.Date(), metadata={"description": "The days of the home visits."})
    paid = _optional(
        "What was paid out, in yuan with two decimals; also after it was taken back.",
        validate=validate.Regexp(r"\d+\.\d{2}\Z"),
    )
    paid_on = _day("The day of the payment in the ledger.")
    reversed_on = _day("The day in the ledger on which all of it was taken back.")


class CampaignData(Schema):
    """A campaign: its names are public, its cases are not."""

    campaign_id = _id("The campaign.")
    body = _body()
    name_zh = fields.String(required=True, metadata={"description": "Its name in Chinese."})
    name_en = fields.String(required=True, metadata={"description": "Its name in English."})
    starts_on = fields.Date(required=True, metadata={"description": "The first day; it belongs to the campaign."})
    ends_on = fields.Date(required=True, metadata={"description": "The last day; it belongs to the campaign."})


class CampaignClosedData(CampaignData):
    """A campaign with what it came to."""

    families = fields.Integer(
        required=True, validate=validate.Range(min=0), metadata={"description": "Distinct families that were helped."}
    )
    amount = fields.String(
        required=True,
        validate=validate.Regexp(r"\d+\.\d{2}\Z"),
        metadata={"description": "Paid to them in all, less what was taken back: yuan with two decimals."},
    )


class CampaignSnapshotData(CampaignData):
    state = fields.String(
        required=True,
        validate=validate.OneOf(("planned", "open", "closed")),
        metadata={"description": "planned, open or closed."},
    )


_talk = {"talk_id": _TALK, "person_id": _PERSON, "body": "union", **_TIMES}
_placed = {**_talk, "request_version": 1, "place_zh": "谈心室", "place_en": "Heart-to-heart room"}
_dispute = {"dispute_id": _DISPUTE, "body": "union", "person_ids": [_PERSON]}
_closed = {**_dispute, "closed_on": "2026-11-20"}
_relief_id = {"relief_id": _RELIEF, "person_id": _PERSON, "body": "union", "family_id": _FAMILY}
_relief = {**_relief_id, "amount": "2000.00"}
_campaign = {
    "campaign_id": _CAMPAIGN,
    "body": "union",
    "name_zh": "夏送清凉",
    "name_en": "Summer coolness",
    "starts_on": "2026-06-01",
    "ends_on": "2026-08-31",
}

talk_place_requested = registry.event(
    "talk.place-requested",
    PlaceRequest,
    meaning="A talk needs a room at a time. Facilities answers with hold.granted or hold.refused; a higher "
    "request_version replaces the one before.",
    example={"talk_id": _TALK, "request_version": 1, **_TIMES, "resource_code": "heart-to-heart"},
)
talk_scheduled = registry.event(
    "talk.scheduled",
    TalkData,
    meaning="A talk has its time and its place for the first time.",
    example=_placed,
)
talk_moved = registry.event(
    "talk.moved",
    TalkData,
    meaning="A talk that had a time and a place has others now; the held place of request_version is taken.",
    example={**_placed, "request_version": 2},
)
talk_cancelled = registry.event(
    "talk.cancelled",
    TalkData,
    meaning="A talk will not take place; whatever was kept for it is free again.",
    example={**_talk, "request_version": 1, "was": "scheduled"},
)
talk_held = registry.event("talk.held", TalkData, meaning="A talk took place.", example=_talk)
talk_snapshot = registry.snapshot(
    "talk", TalkSnapshotData, meaning="A talk as it is, in neutral words.", example={**_placed, "state": "scheduled"}
)

dispute_opened = registry.event(
    "dispute.opened", DisputeData, meaning="A body took up a dispute to mediate.", example=_dispute
)
dispute_settled = registry.event(
    "dispute.settled", DisputeClosedData, meaning="The parties agreed after mediation.", example=_closed
)
dispute_unsettled = registry.event(
    "dispute.unsettled", DisputeClosedData, meaning="Mediation ended without an agreement.", example=_closed
)
dispute_snapshot = registry.snapshot(
    "dispute",
    DisputeSnapshotData,
    meaning="A dispute as it is, without its matter.",
    example={**_closed, "state": "settled"},
)

relief_submitted = registry.event(
    "relief.submitted",
    ReliefData,
    meaning="A family applied for relief; amount is what they ask for.",
    example=_relief,
)
relief_visited = registry.event(
    "relief.visited",
    ReliefVisitedData,
    meaning="Somebody visited the family at home; what they found is told to nobody.",
    example={**_relief_id, "visited_on": "2026-11-16"},
)
relief_decided = registry.event(
    "relief.decided",
    ReliefData,
    meaning="A second person approved or declined an application.",
    example={**_relief, "outcome": "approved"},
)
relief_changed = registry.event(
    "relief.changed",
    ReliefData,
    meaning="An application was changed; an approval that was given has ended, and it is to be decided again.",
    example=_relief,
)
relief_withdrawn = registry.event(
    "relief.withdrawn", ReliefData, meaning="The family does not ask any more.", example=_relief
)
relief_paid = registry.event(
    "relief.paid",
    ReliefPaidData,
    meaning="The granted amount was paid out.",
    example={**_relief, "paid_on": "2026-11-20"},
)
relief_reversed = registry.event(
    "relief.reversed",
    ReliefReversedData,
    meaning="A pay-out was taken back, all of it; amount is negative.",
    example={**_relief, "amount": "-2000.00", "reversed_on": "2026-11-23"},
)
relief_snapshot = registry.snapshot(
    "relief",
    ReliefSnapshotData,
    meaning="A relief application as it is, in neutral words.",
    example={
        **_relief_id,
        "state": "paid",
        "visited_on": ["2026-11-16"],
        "paid": "2000.00",
        "paid_on": "2026-11-20",
    },
)

campaign_opened = registry.event(
    "campaign.opened",
    CampaignData,
    meaning="A body opened a campaign; applications for relief can name it from now on.",
    example=_campaign,
)
campaign_closed = registry.event(
    "campaign.closed",
    CampaignClosedData,
    meaning="A campaign is closed for good, with the families it helped and what they were paid.",
    example={**_campaign, "families": 6, "amount": "12000.00"},
)
campaign_snapshot = registry.snapshot(
    "campaign",
    CampaignSnapshotData,
    meaning="A campaign as it is.",
    example={**_campaign, "state": "open"},
)
