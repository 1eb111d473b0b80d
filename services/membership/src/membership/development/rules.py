"""Judging a step of the way into the Party, and the timetable of what is still ahead. Pure.

A refusal names every broken rule at once; each reason carries the pack's version, the article, the earliest day on
which the step would pass, and the papers that are missing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from membership.ballots.rules import Count, ballot_reasons
from membership.development.months import add_months, whole_months
from membership.development.pack import Pack, Step, Term
from membership.development.wording import PAPER_NAMES, STEP_NAMES
from shared.refusal import Reason
from shared.texts import N_
from shared.workdays.rules import WorkCalendar


@dataclass(frozen=True)
class Done:
    """A step that was taken, with its outcome; ``months`` are those of an extension."""

    step: str
    on: date
    passed: bool = True
    months: int = 0


@dataclass(frozen=True)
class FileState:
    """What the rules look at in a file: the person's birthday, the steps so far, the papers that are in it."""

    birth_on: date | None
    done: tuple[Done, ...] = ()
    papers: frozenset[str] = frozenset()

    def last(self, step: str) -> date | None:
        """The latest day on which the step was passed."""
        return max((one.on for one in self.done if one.step == step and one.passed), default=None)

    def count(self, step: str, until: date) -> int:
        return sum(one.step == step and one.passed and one.on <= until for one in self.done)


@dataclass(frozen=True)
class Entry:
    """What is to be recorded: the day, and what the step asks for besides."""

    on: date
    passed: bool = True
    people: tuple[UUID, ...] = ()
    full_members: frozenset[UUID] = frozenset()
    days: int | None = None
    hours: int | None = None
    months: int | None = None
    special_reason: str | None = None
    ballot: Count | None = None


@dataclass(frozen=True)
class Planned:
    """A step of the timetable: ``earliest`` if nothing is delayed, ``latest`` where a term ends; None: no end."""

    step: Step
    rule_pack: str
    earliest: date
    latest: date | None
    missing: tuple[str, ...]
    provisional: bool
    ready: bool


def probation_ends(pack: Pack, state: FileState) -> date | None:
    """The day after the last day of probation, from which Party age runs; None before admission."""
    admitted = state.last(pack.probation.since)
    if admitted is None:
        return None
    extra = sum(one.months for one in state.done if one.step == "probation-extended" and one.passed)
    return add_months(admitted, pack.probation.months + extra)


def earliest_of(step: Step, pack: Pack, state: FileState, calendar: WorkCalendar) -> date | None:
    """The first day on which no term stands against the step; None while a day that it counts from is not known."""
    found: list[date] = []
    if step.least_age is not None:
        if state.birth_on is None:
            return None
        found.append(add_months(state.birth_on, 12 * step.least_age))
    for before in step.after:
        on = state.last(before)
        if on is None:
            return None
        found.append(on)
    if step.least is not None:
        since = state.last(step.least.since)
        if since is None:
            return None
        found.append(add_months(since, step.least.months))
    if step.working_days is not None:
        count, opened = step.working_days
        since = state.last(opened)
        if since is None:
            return None
        found.append(calendar.after(since, count) + timedelta(days=1))
    if step.after_probation:
        end = probation_ends(pack, state)
        if end is None:
            return None
        found.append(end)
    return max(found, default=date.min)


def latest_of(step: Step, state: FileState, *, special: bool = False) -> date | None:
    """The last day of the step's term; None where there is none."""
    if step.within is None:
        return None
    since = state.last(step.within.since)
    months = step.within.special_months if special and step.within.special_months else step.within.months
    return None if since is None else add_months(since, months)


def judge(
    pack: Pack, step: Step, state: FileState, entry: Entry, calendar: WorkCalendar, today: date
) -> tuple[list[Reason], bool]:
    """Every rule that stands against recording the step, and whether it comes late where that is only noted.

    ``earliest`` is None where no day will do any more, or where it cannot be told yet.
    """
    missing = tuple(paper for paper in step.papers if paper not in state.papers)
    reasons = [*_order(step, state, entry, today), *_terms(pack, step, state, entry, calendar)]
    if entry.passed:
        reasons += _asked_for(pack, step, state, entry)
        for paper in missing:
            text = N_("The paper is missing: %(kind)s (article %(article)s of %(rule_pack)s).")
            reasons.append(_reason("paper-missing", text, None, kind=PAPER_NAMES[paper], paper=paper))
    if entry.ballot is not None:
        reasons += ballot_reasons(pack.ballot, entry.ballot)
    last = latest_of(step, state, special=bool(entry.special_reason))
    late = last is not None and entry.on > last
    if late and step.within is not None and step.within.late == "refused":
        reasons.append(_too_late(pack, step.within, last, special=bool(entry.special_reason)))
    hopeless = any(one.code in _NO_DAY_WILL_DO for one in reasons)
    earliest = None if hopeless else _earliest(pack, step, state, calendar, entry.on)
    known = {"rule_pack": pack.version, "article": step.article, "earliest": earliest, "missing": list(missing)}
    return [replace(one, facts={**known, **one.facts}) for one in reasons], late


_NO_DAY_WILL_DO = {"too-late", "step-done", "already-converting", "birth-date-unknown"}


def _earliest(pack: Pack, step: Step, state: FileState, calendar: WorkCalendar, start: date) -> date | None:
    """The first day from ``start`` on, if what comes before is not delayed either."""
    plan = timetable(lambda _day: pack, state, calendar, start)
    return next((one.earliest for one in plan if one.step.code == step.code), earliest_of(step, pack, state, calendar))


def _reason(code: str, text: str, where: str | None = None, **facts: object) -> Reason:
    return Reason(code, text, where, facts)


def _order(step: Step, state: FileState, entry: Entry, today: date) -> Iterable[Reason]:
    if entry.on > today:
        yield _reason("day-ahead", N_("That day has not come yet."), "on")
    if not step.again and state.last(step.code) is not None:
        yield _reason("step-done", N_("This step is on file already."))
    for before in step.after:
        on = state.last(before)
        if on is None:
            text = N_("First comes: %(noun)s (article %(article)s of %(rule_pack)s).")
            yield _reason("step-missing", text, None, noun=STEP_NAMES[before], step=before)
        elif on > entry.on:
            text = N_("It cannot be earlier than %(noun)s, on %(since)s.")
            yield _reason("before-earlier-step", text, "on", noun=STEP_NAMES[before], step=before, since=on)


def _terms(pack: Pack, step: Step, state: FileState, entry: Entry, calendar: WorkCalendar) -> Iterable[Reason]:
    if step.least_age is not None:
        if state.birth_on is None:
            yield _reason("birth-date-unknown", N_("Enter the person's birth date first: the age is asked for."))
        elif entry.on < (old_enough := add_months(state.birth_on, 12 * step.least_age)):
            text = N_(
                "An applicant is %(age)s or older, which is from %(since)s (article %(article)s of %(rule_pack)s)."
            )
            yield _reason("too-young", text, "on", age=step.least_age, since=old_enough)
    if step.least is not None and (since := state.last(step.least.since)) is not None:
        first = add_months(since, step.least.months)
        if entry.on < first:
            text = N_(
                "At least %(months)s months as an activist are asked for, which is from %(since)s (article "
                "%(article)s of %(rule_pack)s)."
            )
            yield _reason("too-early", text, "on", months=step.least.months, since=first)
    if step.reviewed and (since := state.last(pack.reviews.since)) is not None:
        wanted = max(whole_months(since, entry.on), 0) // pack.reviews.months
        there = state.count("review", entry.on)
        if there < wanted:
            text = N_(
                "A review is due every %(months)s months: %(wanted)s are asked for, %(there)s are on file "
                "(article %(article)s of %(rule_pack)s)."
            )
            facts = {"months": pack.reviews.months, "wanted": wanted, "there": there}
            yield _reason("reviews-missing", text, None, article=pack.reviews.article, **facts)
    if step.working_days is not None and (since := state.last(step.working_days[1])) is not None:
        count = step.working_days[0]
        first = calendar.after(since, count) + timedelta(days=1)
        if entry.on < first:
            text = N_(
                "Publicity lasts at least %(count)s working days, which is over on %(since)s (article "
                "%(article)s of %(rule_pack)s)."
            )
            provisional = calendar.is_provisional(since, first)
            yield _reason("publicity-too-short", text, "on", count=count, since=first, provisional=provisional)
    if step.after_probation and (end := probation_ends(pack, state)) is not None and entry.on < end:
        text = N_("Probation lasts until %(since)s (article %(article)s of %(rule_pack)s).")
        yield _reason("probation-not-over", text, "on", since=end, article=pack.probation.article)


def _asked_for(pack: Pack, step: Step, state: FileState, entry: Entry) -> Iterable[Reason]:
    if step.people is not None:
        _, least, most = step.people
        if not least <= len(set(entry.people)) <= most:
            text = N_("Name %(least)s to %(most)s full members (article %(article)s of %(rule_pack)s).")
            yield _reason("people-count", text, "people", least=least, most=most)
        if not set(entry.people) <= entry.full_members:
            text = N_("Only full members on that day can be named (article %(article)s of %(rule_pack)s).")
            yield _reason("not-a-full-member", text, "people")
    if step.training is not None:
        days, hours = step.training
        if (entry.days or 0) < days and (entry.hours or 0) < hours:
            text = N_(
                "Training lasts at least %(days)s days or %(hours)s hours (article %(article)s of %(rule_pack)s)."
            )
            yield _reason("training-too-short", text, "hours", days=days, hours=hours)
    if step.extends is not None:
        least, most = step.extends
        if not least <= (entry.months or 0) <= most:
            text = N_("An extension lasts %(least)s to %(most)s months (article %(article)s of %(rule_pack)s).")
            yield _reason("extension-length", text, "months", least=least, most=most)
        if state.last(pack.probation.until) is not None:
            yield _reason("already-converting", N_("The branch has voted on the conversion already."))


def _too_late(pack: Pack, term: Term, last: date | None, *, special: bool) -> Reason:
    """``again`` is the step to take anew, from which the term runs then; None where that step is taken once only."""
    text = N_(
        "The term of %(months)s months ended on %(until)s (article %(article)s of %(rule_pack)s): take %(noun)s again."
    )
    again = term.since if pack.steps[term.since].again else None
    if term.special_months and not special:
        text = N_(
            "The term of %(months)s months ended on %(until)s; with a special reason it is %(special)s "
            "(article %(article)s of %(rule_pack)s)."
        )
    elif again is None:
        text = N_(
            "The term of %(months)s months ended on %(until)s, and %(noun)s is held once only (article %(article)s of "
            "%(rule_pack)s): close the file; the person may apply anew."
        )
    months = term.special_months if special and term.special_months else term.months
    facts = {"months": months, "special": term.special_months, "until": last, "noun": STEP_NAMES[term.since]}
    return _reason("too-late", text, "on", again=again, **facts)


def timetable(
    pack_on: Callable[[date], Pack], state: FileState, calendar: WorkCalendar, start: date
) -> Sequence[Planned]:
    """What is still ahead, each step on its earliest day if the one before is not delayed, from ``start`` on.

    Each step is judged by the pack in force on its own day. Optional steps are left out.
    """
    plan: list[Planned] = []
    assumed = state
    for code in pack_on(start).steps:
        pack = pack_on(start)
        step = pack.steps[code]
        if step.optional or state.last(code) is not None:
            continue
        ready = all(state.last(before) is not None for before in step.after)
        earliest = max(earliest_of(step, pack, assumed, calendar) or start, start)
        if (later := pack_on(earliest)) is not pack and code in later.steps:
            pack, step = later, later.steps[code]
            earliest = max(earliest_of(step, pack, assumed, calendar) or start, start)
        since = assumed.last(step.working_days[1]) if step.working_days else None
        plan.append(
            Planned(
                step,
                pack.version,
                earliest,
                latest_of(step, assumed),
                tuple(paper for paper in step.papers if paper not in state.papers),
                since is not None and calendar.is_provisional(since, earliest),
                ready,
            )
        )
        assumed = replace(assumed, done=(*assumed.done, Done(code, earliest)))
    return plan


@dataclass(frozen=True)
class Deadline:
    """Something that falls due: ``kind`` is review, talk, publicity-ending, branch-meeting, approval,
    probation-ending or conversion-approval. It is announced ``lead`` days before."""

    kind: str
    due_on: date
    lead: int


_ENDING = {"publicity-closed": "publicity-ending"}
"""What a step that waits for working days to pass is called when they are over."""


def deadlines(pack: Pack, state: FileState, calendar: WorkCalendar) -> list[Deadline]:
    """What falls due next in an open file."""
    found: list[Deadline] = []

    def due(kind: str, on: date | None, lead: int) -> None:
        if on is not None:
            found.append(Deadline(kind, on, lead))

    reviewed = state.last(pack.reviews.since)
    if reviewed is not None and state.last(pack.reviews.until) is None:
        due("review", add_months(state.last("review") or reviewed, pack.reviews.months), pack.reminders["review"])
    for code, step in pack.steps.items():
        if state.last(code) is not None:
            continue
        if step.within is not None and state.last(step.within.since) is not None:
            due(code, latest_of(step, state), pack.reminders[code])
        if step.working_days is not None and state.last(step.working_days[1]) is not None:
            due(_ENDING.get(code, code), earliest_of(step, pack, state, calendar), pack.reminders[code])
    if state.last("approval") is not None and state.last(pack.probation.until) is None:
        due("probation-ending", probation_ends(pack, state), pack.reminders["probation-ending"])
    return found
