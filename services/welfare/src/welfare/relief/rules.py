"""Which step an application may take next, and who may take it. Pure: states, dates and people are passed in.

People are counted, not accounts: whoever has a hand in asking does not decide, and who decides neither visits nor
pays.
"""

from collections.abc import Hashable, Mapping
from datetime import date
from decimal import Decimal

from shared.refusal import Reason
from shared.texts import N_

OCCASIONS = ("illness", "injury", "accident", "study", "disaster", "hardship", "other")
STATES = ("submitted", "visited", "approved", "declined", "withdrawn", "paid", "reversed")
OPEN = ("submitted", "visited", "approved")
REVERSAL_REASONS = ("returned", "wrong-person", "wrong-amount", "other")

_OWN_PART = {
    "applicant": N_("You applied yourself; somebody else has to decide."),
    "household": N_("You belong to the household; somebody else has to decide."),
    "drafter": N_("You drafted this application; somebody else has to decide."),
    "visitor": N_("You made the home visit; somebody else has to decide."),
}


def dated(day: date, today: date, field: str, not_before: date | None = None) -> list[Reason]:
    """A day that has come, and not before the step in front of it."""
    if day > today:
        return [Reason("in-the-future", N_("This day has not come yet."), field, {"today": today})]
    if not_before is not None and day < not_before:
        return [Reason("too-early", N_("This cannot be before %(day)s."), field, {"day": not_before})]
    return []


def may_visit(state: str, who: Hashable, hands: Mapping[Hashable, str]) -> list[Reason]:
    reasons = _in_state(state, ("submitted", "visited"))
    if hands.get(who) == "approver":
        reasons.append(Reason("four-eyes", N_("You decided on this application; somebody else has to visit.")))
    return reasons


def may_decide(state: str, who: Hashable, hands: Mapping[Hashable, str]) -> list[Reason]:
    """After a home visit, by somebody without a hand in asking."""
    if state == "submitted":
        reasons = [Reason("not-visited", N_("Nobody has visited the family yet."))]
    else:
        reasons = _in_state(state, ("visited",))
    part = hands.get(who)
    if part in _OWN_PART:
        reasons.append(Reason("four-eyes", _OWN_PART[part], None, {"part": part}))
    return reasons


def granted(amount: Decimal, asked: Decimal) -> list[Reason]:
    if amount <= asked:
        return []
    return [Reason("more-than-asked", N_("%(asked)s yuan were asked for."), "amount", {"asked": asked})]


def may_edit(state: str, who: Hashable, hands: Mapping[Hashable, str]) -> list[Reason]:
    reasons = _in_state(state, OPEN)
    if hands.get(who) == "approver":
        reasons.append(Reason("four-eyes", N_("You decided on this application; somebody else has to change it.")))
    return reasons


def may_withdraw(state: str) -> list[Reason]:
    return _in_state(state, OPEN)


def may_pay(state: str, who: Hashable, approver: Hashable | None) -> list[Reason]:
    if state == "paid":
        reasons = [Reason("already-paid", N_("This application was paid already."))]
    elif state in ("submitted", "visited"):
        reasons = [Reason("not-approved", N_("This application is not approved."))]
    else:
        reasons = _in_state(state, ("approved",))
    if approver is not None and who == approver:
        reasons.append(
            Reason("four-eyes", N_("You approved this; somebody else has to pay."), None, {"part": "approver"})
        )
    return reasons


def paid_amount(amount: Decimal, granted_amount: Decimal) -> list[Reason]:
    if amount == granted_amount:
        return []
    return [Reason("amount-differs", N_("%(granted)s yuan were approved."), "amount", {"granted": granted_amount})]


def may_reverse(state: str) -> list[Reason]:
    if state == "paid":
        return []
    return [Reason("not-paid", N_("There is no pay-out to take back."))]


def _in_state(state: str, allowed: tuple[str, ...]) -> list[Reason]:
    if state in allowed:
        return []
    return [Reason("wrong-step", N_("This application is %(state)s."), None, {"state": state})]
