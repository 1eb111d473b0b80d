"""Rules of activities: what a plan must say, and which step is allowed in which state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from shared.principal import BODIES
from shared.refusal import Reason, Refused
from shared.texts import N_

KINDS = {
    "film": N_("Film"),
    "visit": N_("Visit"),
    "show": N_("Stage show"),
    "games": N_("Games"),
    "class": N_("Class"),
    "meeting": N_("Meeting"),
    "members-meeting": N_("Members' meeting"),
    "committee-meeting": N_("Committee meeting"),
    "group-meeting": N_("Group meeting"),
    "lecture": N_("Lecture"),
    "theme-day": N_("Theme day"),
    "study": N_("Study"),
    "volunteering": N_("Volunteering"),
}
STATE_NAMES = {
    "draft": N_("Draft"),
    "placing": N_("Waiting for a place"),
    "published": N_("Published"),
    "cancelled": N_("Cancelled"),
    "completed": N_("Completed"),
}
LONGEST_SESSION = timedelta(hours=24)
LARGEST_CAPACITY = 10_000


@dataclass(frozen=True)
class SessionPlan:
    """One session: [starts_at, ends_at), for ``capacity`` people."""

    starts_at: datetime
    ends_at: datetime
    capacity: int


@dataclass(frozen=True)
class Need:
    """So many of a resource of facilities, in every session."""

    resource_code: str
    quantity: int


@dataclass(frozen=True)
class Plan:
    """What staff write about an activity. An English text that was left out is the Chinese one."""

    kind: str
    title_zh: str
    bodies: tuple[str, ...]
    sessions: tuple[SessionPlan, ...]
    title_en: str = ""
    description_zh: str = ""
    description_en: str = ""
    venue_zh: str = ""
    venue_en: str = ""
    needs: tuple[Need, ...] = ()
    registration_opens_at: datetime | None = None
    registration_closes_at: datetime | None = None
    families_may_be_passed: bool = False


def check_plan(plan: Plan) -> None:
    """Refused with every rule that the plan breaks."""
    reasons = [*_what(plan), *_when(plan.sessions), *_where(plan), *_registration_window(plan)]
    if reasons:
        raise Refused.many(reasons)


def _what(plan: Plan) -> list[Reason]:
    reasons = []
    if plan.kind not in KINDS:
        reasons.append(Reason("kind-unknown", N_("There is no such kind of activity."), "kind"))
    if not plan.title_zh.strip():
        reasons.append(Reason("title-missing", N_("The activity needs a Chinese title."), "title_zh"))
    if not plan.bodies:
        reasons.append(Reason("body-missing", N_("At least one body holds an activity."), "bodies"))
    if set(plan.bodies) - set(BODIES):
        reasons.append(Reason("body-unknown", N_("Only the four bodies of the centre hold activities."), "bodies"))
    return reasons


def _when(sessions: Sequence[SessionPlan]) -> list[Reason]:
    if not sessions:
        return [Reason("session-missing", N_("An activity has at least one session."), "sessions")]
    reasons = []
    ordered = sorted(sessions, key=lambda session: session.starts_at)
    for session in ordered:
        facts = {"starts_at": session.starts_at}
        if session.ends_at <= session.starts_at:
            text = N_("The session that starts at %(starts_at)s ends before it starts.")
            reasons.append(Reason("session-reversed", text, "sessions", facts))
        elif session.ends_at - session.starts_at > LONGEST_SESSION:
            text = N_("The session that starts at %(starts_at)s is longer than a day. Make it several sessions.")
            reasons.append(Reason("session-too-long", text, "sessions", facts))
        if not 1 <= session.capacity <= LARGEST_CAPACITY:
            text = N_("The session that starts at %(starts_at)s has places for 1 to %(most)s people.")
            reasons.append(Reason("capacity-impossible", text, "sessions", {**facts, "most": LARGEST_CAPACITY}))
    for earlier, later in pairwise(ordered):
        if later.starts_at < earlier.ends_at:
            text = N_("The session that starts at %(starts_at)s begins before the one before it is over.")
            reasons.append(Reason("sessions-overlap", text, "sessions", {"starts_at": later.starts_at}))
    return reasons


def _where(plan: Plan) -> list[Reason]:
    reasons = []
    if not plan.needs and not plan.venue_zh.strip():
        text = N_("Say where it takes place, or which room it needs.")
        reasons.append(Reason("place-missing", text, "venue_zh"))
    codes = [need.resource_code for need in plan.needs]
    if len(set(codes)) < len(codes):
        reasons.append(Reason("need-twice", N_("Each need is named once, with its quantity."), "needs"))
    if any(need.quantity < 1 or not need.resource_code.strip() for need in plan.needs):
        reasons.append(Reason("need-impossible", N_("A need has a code and a quantity of at least one."), "needs"))
    return reasons


def _registration_window(plan: Plan) -> list[Reason]:
    opens, closes = plan.registration_opens_at, plan.registration_closes_at
    reasons = []
    if opens and closes and closes <= opens:
        text = N_("Registration closes before it opens.")
        reasons.append(Reason("registration-reversed", text, "registration_closes_at"))
    if plan.sessions and opens and opens >= max(session.starts_at for session in plan.sessions):
        text = N_("Registration opens only after the last session has begun.")
        reasons.append(Reason("registration-opens-late", text, "registration_opens_at"))
    return reasons


def _in_state(state: str, allowed: tuple[str, ...]) -> list[Reason]:
    if state in allowed:
        return []
    text = N_("This cannot be done with an activity in the state “%(state)s”.")
    return [Reason("wrong-state", text, facts={"state": STATE_NAMES[state]})]


def check_editable(state: str) -> None:
    """Everything may be edited while it is a draft; words and the registration window also afterwards."""
    _refuse(_in_state(state, ("draft", "published")))


def check_same_frame(before: Plan, after: Plan) -> None:
    """Once published, times are moved and needs stay: both concern the place that is held."""
    same = (before.sessions, before.needs, before.bodies) == (after.sessions, after.needs, after.bodies)
    if not same:
        text = N_("Sessions, needs and bodies of a published activity are not edited. Move it, or change a capacity.")
        raise Refused("published-frame", text, field="sessions")


def check_publishable(state: str, sessions: Sequence[SessionPlan], now: datetime) -> None:
    """Only a draft whose sessions all lie ahead can be published."""
    _refuse([*_in_state(state, ("draft",)), *_ahead([session.starts_at for session in sessions], now)])


def check_withdrawable(state: str) -> None:
    """The request for a place can be taken back as long as it has no answer."""
    _refuse(_in_state(state, ("placing",)))


def check_movable(state: str, moving: bool, sessions: Sequence[SessionPlan], now: datetime) -> None:
    """A published activity moves to times ahead; one move at a time."""
    reasons = [*_in_state(state, ("published",)), *_when(sessions), *_ahead([one.starts_at for one in sessions], now)]
    if moving:
        text = N_("A place for other times has been asked for already. Wait for the answer.")
        reasons.append(Reason("move-under-way", text))
    _refuse(reasons)


def check_cancellable(state: str, reason: str) -> None:
    """What is over or cancelled stays so; a cancellation says why, because people read the reason."""
    reasons = _in_state(state, ("draft", "placing", "published"))
    if not reason.strip():
        text = N_("Say why it is cancelled.")
        reasons.append(Reason("reason-missing", text, "reason"))
    _refuse(reasons)


def check_capacity(state: str, capacity: int, confirmed: int) -> None:
    """A capacity is never lowered below those who have a place: nobody is dropped silently."""
    reasons = _in_state(state, ("draft", "placing", "published"))
    if not 1 <= capacity <= LARGEST_CAPACITY:
        text = N_("A session has places for 1 to %(most)s people.")
        reasons.append(Reason("capacity-impossible", text, "capacity", {"most": LARGEST_CAPACITY}))
    elif capacity < confirmed:
        text = N_("%(confirmed)s people have a place already. Cancel some first; nobody is dropped silently.")
        reasons.append(Reason("capacity-below-confirmed", text, "capacity", {"confirmed": confirmed}))
    _refuse(reasons)


def _ahead(starts: Sequence[datetime], now: datetime) -> list[Reason]:
    text = N_("The session that starts at %(starts_at)s lies in the past.")
    return [
        Reason("session-in-the-past", text, "sessions", {"starts_at": start})
        for start in sorted(starts)
        if start <= now
    ]


def _refuse(reasons: list[Reason]) -> None:
    if reasons:
        raise Refused.many(reasons, status=409 if reasons[0].code == "wrong-state" else 422)
