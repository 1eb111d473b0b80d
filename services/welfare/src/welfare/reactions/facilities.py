"""From facilities: whether a talk has its room.

An answer to a request that was replaced in the meantime (another version) is of no interest any more; neither is one
to a talk that was cancelled or held.
"""

from marshmallow import EXCLUDE, Schema, fields

from shared.database import UnitOfWork
from shared.inbox import Reactions, ReceivedEvent
from welfare import wall
from welfare.talks import commands
from welfare.talks.models import Talk

reactions = Reactions("facilities")


class NeedsRequest(Schema):
    class Meta:
        unknown = EXCLUDE

    source = fields.String(required=True)
    id = fields.UUID(required=True)
    version = fields.Integer(required=True)


class NeedsGrant(Schema):
    class Meta:
        unknown = EXCLUDE

    requested_by = fields.Nested(NeedsRequest, required=True)
    place_zh = fields.String(load_default=None, allow_none=True)
    place_en = fields.String(load_default=None, allow_none=True)


class NeedsReason(Schema):
    class Meta:
        unknown = EXCLUDE

    code = fields.String(load_default=None, allow_none=True)
    starts_at = fields.String(load_default=None, allow_none=True)
    ends_at = fields.String(load_default=None, allow_none=True)


class NeedsAlternative(Schema):
    class Meta:
        unknown = EXCLUDE

    kind = fields.String(load_default=None, allow_none=True)
    starts_at = fields.String(load_default=None, allow_none=True)
    ends_at = fields.String(load_default=None, allow_none=True)


class NeedsRefusal(Schema):
    class Meta:
        unknown = EXCLUDE

    requested_by = fields.Nested(NeedsRequest, required=True)
    reasons = fields.List(fields.Nested(NeedsReason), load_default=list)
    alternatives = fields.List(fields.Nested(NeedsAlternative), load_default=list)


class NeedsRelease(Schema):
    class Meta:
        unknown = EXCLUDE

    requested_by = fields.Nested(NeedsRequest, required=True)
    reason = fields.String(required=True)


@reactions.on("hold.granted", needs=NeedsGrant)
def schedule(work: UnitOfWork, event: ReceivedEvent) -> None:
    talk = _asking(work, event, "requested")
    if talk is not None:
        commands.place_granted(work, talk, event.data["place_zh"], event.data["place_en"])


@reactions.on("hold.refused", needs=NeedsRefusal)
def ask_for_another_time(work: UnitOfWork, event: ReceivedEvent) -> None:
    talk = _asking(work, event, "requested")
    if talk is not None:
        other_times = [one for one in event.data["alternatives"] if one["kind"] in (None, "other-time")]
        commands.place_refused(work, talk, event.data["reasons"], other_times)


@reactions.on("hold.released", needs=NeedsRelease)
def notice_lost_place(work: UnitOfWork, event: ReceivedEvent) -> None:
    """A place that was kept for this very request ran out or was taken away."""
    talk = _asking(work, event, "requested", "scheduled")
    if talk is not None and event.data["reason"] != "replaced":
        commands.place_refused(work, talk, [{"code": f"hold-{event.data['reason']}"}], [])


def _asking(work: UnitOfWork, event: ReceivedEvent, *states: str) -> Talk | None:
    """The talk that waits for this answer, locked; None when it is not ours or waits no more."""
    request = event.data["requested_by"]
    if request["source"].removeprefix("/services/") != "welfare":
        return None
    talk = wall.lock_if_any(work, Talk, request["id"])
    if talk is None or talk.request_version != request["version"] or talk.state not in states:
        return None
    return talk
