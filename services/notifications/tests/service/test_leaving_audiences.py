"""Whoever leaves the audience of a broadcast before it was sent to them does not get it, and it says so."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from notifications.broadcasts.commands import hand_in, write_broadcast
from notifications.broadcasts.fanning import fan_out
from notifications.testing.conditions import messages
from notifications.testing.others import Others
from shared.principal import Grant, Principal
from shared.runtime import Runtime
from shared.testing.delivery import receive
from shared.testing.fakes import SettableClock

WANG = Principal(uuid4(), "王", grants=(Grant("officer", "*"),))
TEXT = {"zh-Hans": {"sms": "((name))您好，明天停水。"}}


def _broadcast(runtime: Runtime, audience: dict[str, Any], *, made: bool) -> None:
    with runtime.unit_of_work(actor=WANG) as work:
        written = write_broadcast(
            work, body="union", title="停水", audience=audience, channels=["sms"], category="announcements", texts=TEXT
        )
        hand_in(work, written.id, runtime, people=None)
    if made:
        fan_out(runtime)


def _to_organisation(runtime: Runtime, others: Others, clock: SettableClock, leaver: UUID, stayer: UUID) -> Any:
    organisation, today = uuid4(), clock().date()
    names = {"name_zh": "装配支部", "name_en": "Assembly branch", "body": "union"}
    receive(runtime, "membership", "organisation.changed", organisation,
            {"organisation_id": str(organisation), **names})  # fmt: skip
    memberships = {person: uuid4() for person in (leaver, stayer)}
    for person, membership in memberships.items():
        data = {"person_id": str(person), "organisation_id": str(organisation), "start_on": "2020-01-01"}
        receive(runtime, "membership", "membership.snapshot", membership, {"membership_id": str(membership), **data})

    def leave() -> None:
        data = {"person_id": str(leaver), "organisation_id": str(organisation), "start_on": "2020-01-01"}
        ended = {"membership_id": str(memberships[leaver]), "end_on": (today - timedelta(days=9)).isoformat(), **data}
        receive(runtime, "membership", "membership.ended", memberships[leaver], ended)

    return {"kind": "organisation", "organisation_id": organisation, "below": True}, leave


def _to_activity(runtime: Runtime, others: Others, clock: SettableClock, leaver: UUID, stayer: UUID) -> Any:
    activity = uuid4()
    data = {"title_zh": "课", "title_en": "x", "bodies": ["union"], "sessions": []}
    receive(runtime, "activities", "activity.published", activity, {"activity_id": str(activity), **data})
    registrations = {person: uuid4() for person in (leaver, stayer)}
    for person, registration in registrations.items():
        others.registration("snapshot", person, registration=registration, activity_id=str(activity), state="confirmed",
                            waiting_number=None)  # fmt: skip

    def leave() -> None:
        others.registration("cancelled", leaver, registration=registrations[leaver], activity_id=str(activity),
                            was="confirmed", reason="own", hours=-1)  # fmt: skip

    return {"kind": "activity", "activity_id": activity, "waiting": False}, leave


@pytest.mark.parametrize("made", [True, False], ids=["messages made", "only on the list"])
@pytest.mark.parametrize("audience_of", [_to_organisation, _to_activity])
def test_who_leaves_before_it_was_sent_does_not_get_it(
    runtime: Runtime, others: Others, clock: SettableClock, audience_of: Any, made: bool
) -> None:
    leaver, stayer = others.contact(), others.contact()
    audience, leave = audience_of(runtime, others, clock, leaver, stayer)
    _broadcast(runtime, audience, made=made)
    leave()
    fan_out(runtime)
    found = {m.person_id: (m.state, m.reason) for m in messages(runtime) if m.event_type == "notifications.broadcast"}
    assert found.pop(stayer) == ("pending", None)
    assert found == ({leaver: ("suppressed", "not-addressed-any-more")} if made else {})
