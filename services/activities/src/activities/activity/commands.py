"""What staff do with an activity: draft, edit, publish, withdraw, move, cancel. Answers of facilities: placing.py.

Locks are taken in one order everywhere: the activity, then its sessions by id. Registrations take a session alone,
so whatever changes a session's times or ends it locks that session too.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from activities.activity import rules
from activities.activity.announcing import announce, announce_change, ask_for_place, release_place, titled
from activities.activity.models import Activity, ActivityBody, ActivityNeed, Session
from activities.activity.rules import Plan, SessionPlan
from activities.permissions import demand
from activities.published import activity_cancelled
from activities.registration.promotion import Before, appointments, cancel_all, promote, tell_moved
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.refusal import NotFound, Refused
from shared.texts import N_

FRAME = ("sessions", "needs", "bodies")


def draft_activity(work: UnitOfWork, plan: Plan, activity_id: UUID | None = None) -> Activity:
    """Write a new activity down, for nobody but staff yet."""
    plan = _tidy(plan)
    rules.check_plan(plan)
    demand(work.actor, "officer", plan.bodies)
    activity = Activity(
        id=activity_id or new_id(),
        state="draft",
        version=1,
        request_version=0,
        created_at=work.now,
    )
    _write(activity, plan)
    work.session.add(activity)
    work.session.flush()
    work.audit("activity-drafted", f"activity/{activity.id}")
    return activity


def edit_activity(work: UnitOfWork, activity: Activity, changes: Mapping[str, Any]) -> Activity:
    """Change what was planned; ``activity`` comes from lock_activity, ``changes`` name fields of Plan.

    A draft is changed as one likes. Once it is published, only words and the registration window are.
    """
    before = activity.plan()
    demand(work.actor, "officer", activity.bodies)
    rules.check_editable(activity.state)
    after = _tidy(replace(before, **changes))
    if activity.state == "published":
        rules.check_same_frame(before, after)
    rules.check_plan(after)
    demand(work.actor, "officer", after.bodies)
    if after == before:
        return activity
    was_at = appointments(activity)
    _write(activity, after, whole=activity.state == "draft")
    _next_version(activity)
    work.session.flush()
    work.audit("activity-edited", f"activity/{activity.id}")
    if activity.state == "published":
        sessions = lock_sessions(work, activity)
        if after.families_may_be_passed and not before.families_may_be_passed:
            for session in sessions:
                promote(work, activity, session)
        announce_change(work, activity, _changes(before, after, appointments(activity) != was_at))
        tell_moved(work, activity, was_at)
    return activity


def _changes(before: Plan, after: Plan, elsewhere: bool) -> list[str]:
    """What an edit of something published changed, for activity.changed."""
    window = ("registration_opens_at", "registration_closes_at", "families_may_be_passed")
    only_window = replace(before, **{name: getattr(after, name) for name in window}) == after
    said = ["registration"] if only_window else ["words"]
    return [*said, "place"] if elsewhere else said


def publish_activity(work: UnitOfWork, activity: Activity) -> Activity:
    """Ask for the place that the sessions need; without needs it is public at once."""
    demand(work.actor, "manager", activity.bodies)
    rules.check_publishable(activity.state, activity.plan().sessions, work.now)
    _next_version(activity)
    activity.notice = None
    if activity.needs:
        activity.state = "placing"
        ask_for_place(work, activity)
        work.audit("place-requested", f"activity/{activity.id}", version=activity.request_version)
    else:
        activity.state, activity.published_at = "published", work.now
        announce(work, activity)
        work.audit("activity-published", f"activity/{activity.id}")
    return activity


def withdraw_activity(work: UnitOfWork, activity: Activity) -> Activity:
    """Take the request for a place back; the activity is a draft again."""
    demand(work.actor, "manager", activity.bodies)
    rules.check_withdrawable(activity.state)
    assert activity.placing_version is not None
    release_place(work, activity, activity.placing_version)
    activity.state, activity.placing_version = "draft", None
    _next_version(activity)
    work.audit("place-withdrawn", f"activity/{activity.id}", version=activity.request_version)
    return activity


def move_activity(work: UnitOfWork, activity: Activity, times: Mapping[UUID, tuple[datetime, datetime]]) -> Activity:
    """Ask for a place at other times; the old times and place count until the answer comes.

    ``times`` names the sessions that move; the others stay. Without needs it is moved at once.
    """
    demand(work.actor, "manager", activity.bodies)
    sessions = lock_sessions(work, activity)
    unknown = set(times) - {session.id for session in sessions}
    if unknown:
        raise Refused("session-unknown", N_("This activity has no such session."), field="sessions", status=422)
    moved = {session.id: times.get(session.id, (session.starts_at, session.ends_at)) for session in sessions}
    changed = [one for one in sessions if moved[one.id] != (one.starts_at, one.ends_at)]
    if not changed:
        raise Refused("nothing-moved", N_("The new times are the old ones."), field="sessions", status=422)
    plan = [SessionPlan(*moved[session.id], session.capacity) for session in changed]
    rules.check_movable(activity.state, activity.moving, plan, work.now)
    rules.check_plan(
        replace(
            activity.plan(),
            sessions=tuple(SessionPlan(*moved[session.id], session.capacity) for session in sessions),
            registration_opens_at=None,
            registration_closes_at=None,
        )
    )
    for session in changed:
        session.moving_starts_at, session.moving_ends_at = moved[session.id]
    _next_version(activity)
    activity.notice = None
    if activity.needs:
        ask_for_place(work, activity)
        work.audit("move-requested", f"activity/{activity.id}", version=activity.request_version)
    else:
        told = take_new_times(work, activity, ["times"], appointments(activity))
        work.audit("activity-moved", f"activity/{activity.id}", concerned=told)
    return activity


def take_new_times(work: UnitOfWork, activity: Activity, changes: list[str], before: Mapping[UUID, Before]) -> int:
    """The times that were asked for count from now on, and everybody registered is told.

    The sessions are locked by the caller; ``before`` is how things stood. Returns how many people are concerned.
    """
    for session in activity.sessions:
        if session.moving_starts_at and session.moving_ends_at:
            session.starts_at, session.ends_at = session.moving_starts_at, session.moving_ends_at
            session.moving_starts_at = session.moving_ends_at = None
    work.session.flush()
    work.session.refresh(activity, ["sessions"])
    announce_change(work, activity, changes)
    return tell_moved(work, activity, before)


def cancel_activity(work: UnitOfWork, activity: Activity, reason: str) -> Activity:
    """It does not take place: the place is freed, and each one who registered gets an event of their own."""
    demand(work.actor, "manager", activity.bodies)
    rules.check_cancellable(activity.state, reason)
    sessions = lock_sessions(work, activity)
    reason = reason.strip()
    concerned = cancel_all(work, activity, [one for one in sessions if one.ends_at > work.now], reason)
    held = sorted({version for version in (activity.place_version, activity.placing_version) if version})
    data = {**titled(activity), "reason": reason, "starts_at": activity.starts_at}
    work.record(activity_cancelled, activity.id, data)
    for version in held:
        release_place(work, activity, version)
    for session in sessions:
        session.moving_starts_at = session.moving_ends_at = None
    activity.state, activity.cancel_reason = "cancelled", reason
    activity.placing_version = activity.place_version = activity.notice = activity.flagged_at = None
    _next_version(activity)
    work.audit("activity-cancelled", f"activity/{activity.id}", reason=reason, concerned=concerned)
    return activity


def settle_flag(work: UnitOfWork, activity: Activity) -> Activity:
    """Staff have seen to a lost place themselves."""
    demand(work.actor, "manager", activity.bodies)
    if activity.flagged_at is not None:
        activity.flagged_at = activity.notice = None
        _next_version(activity)
        work.audit("flag-settled", f"activity/{activity.id}")
    return activity


def lock_activity(work: UnitOfWork, activity_id: UUID) -> Activity:
    """The activity, locked to the end of the transaction; NotFound."""
    activity = work.lock(Activity, activity_id)
    if activity is None:
        raise NotFound("activity")
    found: Activity = activity
    return found


def lock_sessions(work: UnitOfWork, activity: Activity) -> list[Session]:
    """The activity's sessions, locked in the order of ids, earliest first in the answer."""
    rows = work.session.scalars(
        select(Session)
        .where(Session.activity_id == activity.id)
        .order_by(Session.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return sorted(rows, key=lambda session: session.starts_at)


def _tidy(plan: Plan) -> Plan:
    """Without spaces at the ends; an English title or venue that was left out is the Chinese one."""
    title_zh, venue_zh = plan.title_zh.strip(), plan.venue_zh.strip()
    venue_en = plan.venue_en.strip()
    return replace(
        plan,
        title_zh=title_zh,
        title_en=plan.title_en.strip() or title_zh,
        venue_zh=venue_zh or venue_en,
        venue_en=venue_en or venue_zh,
        description_zh=plan.description_zh.strip(),
        description_en=plan.description_en.strip(),
        bodies=tuple(dict.fromkeys(plan.bodies)),
        sessions=tuple(sorted(plan.sessions, key=lambda session: session.starts_at)),
        needs=tuple(sorted(plan.needs, key=lambda need: need.resource_code)),
    )


def _write(activity: Activity, plan: Plan, whole: bool = True) -> None:
    for name in Plan.__dataclass_fields__:
        if name not in FRAME:
            setattr(activity, name, getattr(plan, name))
    if not whole:
        return
    activity.held_by = _bodies(activity, plan.bodies)
    known_needs = {need.resource_code: need for need in activity.needs}
    activity.needs = [
        known_needs.get(need.resource_code) or ActivityNeed(resource_code=need.resource_code) for need in plan.needs
    ]
    for row, need in zip(activity.needs, plan.needs, strict=True):
        row.quantity = need.quantity
    known = list(activity.sessions)
    activity.sessions = [known[n] if n < len(known) else Session(id=new_id()) for n in range(len(plan.sessions))]
    for session, planned in zip(activity.sessions, plan.sessions, strict=True):
        session.starts_at, session.ends_at, session.capacity = planned.starts_at, planned.ends_at, planned.capacity


def _bodies(activity: Activity, bodies: tuple[str, ...]) -> list[ActivityBody]:
    known = {row.body: row for row in activity.held_by}
    rows = [known.get(body) or ActivityBody(body=body) for body in bodies]
    for position, row in enumerate(rows):
        row.position = position
    return rows


def _next_version(activity: Activity) -> None:
    activity.version += 1
