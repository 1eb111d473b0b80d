"""What a broadcast would come to: people, who is left out, segments, cost, and how it looks for somebody."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from notifications.audiences.queries import (
    HAS_PLACE,
    HAS_PLACE_OR_WAITS,
    members,
    on_shift,
    registered,
    with_those_below,
)
from notifications.broadcasts.models import Broadcast
from notifications.broadcasts.reach import Reach, Reached
from notifications.broadcasts.texts import Sampler
from notifications.messages.content import Content
from notifications.sending.settings import SendingSettings
from notifications.wording.rendering import MalformedTemplate, MissingValues
from notifications.wording.segments import count_segments
from shared.runtime import Runtime


@dataclass
class Estimate:
    """What was counted. `people` are all of the audience, `reached` those who are written to, `left_out` the others by
    reason, `messages` those by channel. `segments` and `cost` (hao) are those of the SMS. `sample` is what one real
    recipient would read."""

    people: int = 0
    reached: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    segments: int = 0
    cost: int = 0
    recipients: list[Reached] = field(default_factory=list)
    sample_for: Reached | None = None
    sample: dict[str, Content] = field(default_factory=dict)
    unrenderable: str | None = None


def audience_of(session: Session, audience: Mapping[str, Any], runtime: Runtime) -> Sequence[UUID]:
    """Everybody whom an audience consists of just now."""
    if audience["kind"] == "organisation":
        organisation = UUID(audience["organisation_id"])
        chosen = with_those_below(session, organisation) if audience.get("below") else {organisation}
        return members(session, chosen, runtime.clock().astimezone(runtime.settings.time_zone).date())
    if audience["kind"] == "activity":
        states = HAS_PLACE_OR_WAITS if audience.get("waiting") else HAS_PLACE
        return registered(session, UUID(audience["activity_id"]), states)
    if audience["kind"] == "shift":
        return on_shift(session, UUID(audience["shift_id"]))
    return [UUID(one) for one in audience["person_ids"]]


def estimate(session: Session, broadcast: Broadcast, runtime: Runtime) -> Estimate:
    """Count everybody one by one, as they would be written to now."""
    settings = SendingSettings.of(runtime.settings)
    reach = Reach(session, broadcast.channels, broadcast.category, settings.allow_list)
    sampler = Sampler(session, broadcast, settings, runtime.settings.time_zone)
    found = Estimate()
    for recipient in reach.of(audience_of(session, broadcast.audience, runtime)):
        found.people += 1
        found.recipients.append(recipient)
        if recipient.left_out is not None:
            found.left_out[recipient.left_out] += 1
        else:
            _count(found, recipient, sampler)
    return found


def _count(found: Estimate, recipient: Reached, sampler: Sampler) -> None:
    found.reached += 1
    contents = {}
    for channel, address in recipient.addresses.items():
        try:
            content = sampler.content(recipient, channel)
        except MissingValues as missing:
            found.unrenderable = ", ".join(missing.names)
            return
        except MalformedTemplate:
            found.unrenderable = channel
            return
        if content is None:
            continue
        contents[channel] = content
        found.messages[channel] += 1
        if channel == "sms":
            segments = count_segments(content.text, address)
            found.segments += segments
            found.cost += sampler.provider.cost(segments, address) if sampler.provider else 0
    if len(contents) > len(found.sample):
        found.sample_for, found.sample = recipient, contents
