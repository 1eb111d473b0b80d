"""Writing a broadcast, handing it in, approving, returning and stopping it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from notifications.audiences.models import KnownActivity, KnownShift
from notifications.audiences.queries import may_write_to
from notifications.broadcasts.estimate import Estimate, estimate
from notifications.broadcasts.four_eyes import (
    account_of,
    approved_by_second_person,
    demand_second_person,
    handed_in_by,
    handed_in_by_nobody,
)
from notifications.broadcasts.limits import limit_of
from notifications.broadcasts.models import Broadcast, Recipient
from notifications.broadcasts.queries import get_broadcast
from notifications.broadcasts.rules import (
    check_plan,
    check_texts,
    check_values,
    kept_audience,
    kept_texts,
)
from notifications.broadcasts.texts import keep_texts, offered_templates, placeholders, unapproved
from notifications.contacts.models import Organisation
from notifications.messages.rules import CHANNELS
from notifications.sending.settings import SendingSettings
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import Forbidden, Reason, Refused, Stale
from shared.runtime import Runtime
from shared.texts import N_

DEFAULT_HOURS = 72


def write_broadcast(work: UnitOfWork, *, body: str, **plan: Any) -> Broadcast:
    """Begin a draft. Forbidden below officer of the body; Refused with every broken rule. `plan` as in `change`."""
    work.actor.demand("officer", body)
    made = Broadcast(id=new_id(), body=body, state="draft", created_at=work.now, version=0, needs_approval=False)
    _take(work, made, **plan)
    work.session.add(made)
    work.session.flush()
    work.audit("broadcast-written", made.subject, body=body)
    return made


def change_broadcast(work: UnitOfWork, broadcast_id: UUID, *, version: int | None = None, **plan: Any) -> Broadcast:
    """Change a draft, or one that waits: that one is a draft again. NotFound, Stale, Refused with every broken rule."""
    broadcast = locked_broadcast(work, broadcast_id, ("draft", "waiting"))
    if version is not None and broadcast.version != version:
        raise Stale(broadcast.version)
    _take(work, broadcast, **plan)
    broadcast.state, broadcast.reason = "draft", None
    handed_in_by_nobody(broadcast)
    work.audit("broadcast-changed", broadcast.subject)
    work.session.flush()
    return broadcast


def _take(
    work: UnitOfWork,
    broadcast: Broadcast,
    *,
    title: str,
    audience: Mapping[str, Any],
    channels: Sequence[str],
    category: str,
    kept_hours: int = DEFAULT_HOURS,
    template_key: str | None = None,
    values: Mapping[str, Mapping[str, str]] | None = None,
    texts: Mapping[str, Mapping[str, str]] | None = None,
) -> None:
    own, filled, reasons = kept_texts(texts or {}), dict(values or {}), []
    reasons += check_plan(title=title, audience=audience, channels=channels, category=category, kept_hours=kept_hours)
    if template_key is None:
        filled = {}
        reasons += check_texts(own, channels)
    elif template_key not in offered_templates(work.session):
        reasons.append(Reason("template", N_("There is no such template."), "template"))
    else:
        own = {}
        names, needed = placeholders(work.session, template_key)
        reasons += check_values(filled, names, needed)
        filled = {name: dict(filled.get(name) or {}) for name in names}
    if reasons:
        raise Refused.many(reasons)
    _may_be_written_to(work, audience)
    broadcast.title, broadcast.category, broadcast.kept_hours = title.strip(), category, kept_hours
    broadcast.audience, broadcast.template_key = kept_audience(audience), template_key
    broadcast.channels = [channel for channel in CHANNELS if channel in channels]
    broadcast.values, broadcast.texts = filled, own
    broadcast.author, broadcast.author_key = work.actor.name[:120], work.actor.key
    broadcast.author_person_id = work.actor.person_id
    broadcast.version += 1


def _may_be_written_to(work: UnitOfWork, audience: Mapping[str, Any]) -> None:
    """Forbidden where the organisation, activity or shift belongs to bodies of which the actor is no officer."""
    bodies: list[str] = []
    if audience["kind"] == "organisation":
        organisation = work.session.get(Organisation, UUID(str(audience["organisation_id"])))
        if organisation is None:
            raise Refused("audience", N_("Choose who is to get it."), field="organisation_id", status=422)
        bodies = [organisation.body] if organisation.body else []
    elif audience["kind"] == "activity":
        activity = work.session.get(KnownActivity, UUID(str(audience["activity_id"])))
        if activity is None:
            raise Refused("audience", N_("Choose who is to get it."), field="activity_id", status=422)
        bodies = list(activity.bodies)
    elif audience["kind"] == "shift":
        shift = work.session.get(KnownShift, UUID(str(audience["shift_id"])))
        if shift is None or shift.cancelled:
            raise Refused("audience", N_("Choose who is to get it."), field="shift_id", status=422)
        bodies = [shift.body] if shift.body else []
    if not may_write_to(work.actor, bodies):
        raise Forbidden("officer", bodies[0])


def hand_in(work: UnitOfWork, broadcast_id: UUID, runtime: Runtime, *, people: int | None = None) -> Broadcast:
    """Send a draft, or ask a second person where it is above the limit.

    `people` is the number that was shown to whoever decides: Refused (409) when it is another one by now, and for a
    program above the limit.
    """
    broadcast = locked_broadcast(work, broadcast_id, ("draft",))
    found = _counted(work, broadcast, runtime, people)
    broadcast.needs_approval = limit_of(runtime.settings).exceeded(found.reached, found.cost)
    if broadcast.needs_approval and account_of(work.actor).is_program:
        raise Refused(
            "four-eyes",
            N_("It is above the limit: a person hands it in, and another one approves it. Programs do not count."),
        )
    handed_in_by(work, broadcast)
    broadcast.reason = None
    keep_texts(work, broadcast)
    work.audit("broadcast-handed-in", broadcast.subject, people=found.reached, needs_approval=broadcast.needs_approval)
    if broadcast.needs_approval:
        broadcast.state = "waiting"
        work.session.flush()
    else:
        _release(work, broadcast, found)
    return broadcast


def approve(
    work: UnitOfWork, broadcast_id: UUID, runtime: Runtime, *, people: int | None = None, version: int | None = None
) -> Broadcast:
    """Freeze the list of recipients and send.

    Refused (409) for programs, its author, and whoever handed it in, and when it waits no longer.
    """
    broadcast = locked_broadcast(work, broadcast_id, ("waiting",))
    demand_second_person(work.actor, broadcast)
    if version is not None and broadcast.version != version:
        raise Stale(broadcast.version)
    found = _counted(work, broadcast, runtime, people)
    keep_texts(work, broadcast)
    work.audit("broadcast-approved", broadcast.subject, people=found.reached)
    approved_by_second_person(work, broadcast)
    _release(work, broadcast, found)
    return broadcast


def give_back(work: UnitOfWork, broadcast_id: UUID, reason: str) -> Broadcast:
    """Do not approve: it is a draft again, and its author reads why."""
    broadcast = locked_broadcast(work, broadcast_id, ("waiting",))
    broadcast.state, broadcast.reason = "draft", given_reason(reason)
    handed_in_by_nobody(broadcast)
    work.audit("broadcast-given-back", broadcast.subject)
    work.session.flush()
    return broadcast


def discard(work: UnitOfWork, broadcast_id: UUID) -> Broadcast:
    """Throw away what was never sent."""
    broadcast = locked_broadcast(work, broadcast_id, ("draft", "waiting"))
    broadcast.state, broadcast.ended_at = "discarded", work.now
    work.audit("broadcast-discarded", broadcast.subject)
    work.session.flush()
    return broadcast


def _counted(work: UnitOfWork, broadcast: Broadcast, runtime: Runtime, people: int | None) -> Estimate:
    """Refused when it reaches nobody, cannot be rendered or sent, or is not what was shown."""
    found = estimate(work.session, broadcast, runtime)
    if unapproved(work.session, broadcast, SendingSettings.of(runtime.settings)):
        raise Refused(
            "sms-needs-approved-text",
            N_("The SMS gateways take approved texts only. Choose a template that one of them approved, or e-mail."),
            field="channels",
        )
    if found.unrenderable is not None:
        raise Refused("unrenderable", N_("The text asks for what is not given: %(name)s."), name=found.unrenderable)
    if found.reached == 0:
        raise Refused("reaches-nobody", N_("Nobody would get this."), field="audience")
    if people is not None and people != found.reached:
        raise Refused(
            "audience-changed",
            N_("It would go to %(now)s people now, not %(shown)s. Look at it again."),
            now=found.reached,
            shown=people,
        )
    broadcast.people, broadcast.reached = found.people, found.reached
    broadcast.segments, broadcast.cost = found.segments, found.cost
    return found


def _release(work: UnitOfWork, broadcast: Broadcast, found: Estimate) -> None:
    """From here on its list is frozen: a timer makes the messages of it, piece by piece."""
    rows = [
        {
            "id": new_id(),
            "broadcast_id": broadcast.id,
            "person_id": one.person_id,
            "about_id": one.about_id,
            "left_out": one.left_out,
        }
        for one in found.recipients
    ]
    work.session.execute(insert(Recipient), rows)
    broadcast.state, broadcast.approved_at = "running", work.now
    broadcast.approved_by, broadcast.approved_key = work.actor.name[:120], work.actor.key
    work.session.flush()


def given_reason(text: str) -> str:
    """What somebody wrote, or Refused when that is nothing."""
    if not text.strip():
        raise Refused("reason", N_("Say why."), field="reason", status=422)
    return text.strip()[:300]


def locked_broadcast(work: UnitOfWork, broadcast_id: UUID, states: Sequence[str]) -> Broadcast:
    """The broadcast, for changing it. NotFound for other bodies' staff, Forbidden for its body's viewers, Refused
    (409) in another state."""
    work.lock(Broadcast, broadcast_id)
    broadcast = get_broadcast(work.session, broadcast_id, work.actor)
    work.actor.demand("officer", broadcast.body)
    if broadcast.state not in states:
        raise Refused("broadcast-state", N_("This cannot be done any more: it is %(state)s."), state=broadcast.state)
    return broadcast
