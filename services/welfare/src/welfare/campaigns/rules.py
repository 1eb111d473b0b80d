"""When a campaign may be planned, changed, opened and closed, and which cases belong to it. Pure."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date

from shared.refusal import Reason
from shared.texts import N_

STATES = ("planned", "open", "closed")


def planned(starts_on: date, ends_on: date, today: date) -> list[Reason]:
    """``starts_on`` may have passed, ``ends_on`` may not."""
    reasons = []
    if ends_on < starts_on:
        reasons.append(Reason("ends-before-it-starts", N_("The last day is before the first."), "ends_on"))
    if ends_on < today:
        reasons.append(
            Reason("over-already", N_("The last day, %(day)s, is over."), "ends_on", {"day": ends_on, "today": today})
        )
    return reasons


def may_change(state: str) -> list[Reason]:
    if state != "closed":
        return []
    return [Reason("campaign-closed", N_("A closed campaign is not changed any more."))]


def fixed(state: str, *, new_start: bool, new_fund: bool) -> list[Reason]:
    """What cases were written down under does not change while the campaign is open."""
    if state == "planned":
        return []
    reasons = []
    if new_start:
        text = N_("The first day is fixed since the campaign opened.")
        reasons.append(Reason("start-is-fixed", text, "starts_on"))
    if new_fund:
        reasons.append(Reason("fund-is-fixed", N_("The fund is fixed since the campaign opened."), "fund_id"))
    return reasons


def may_open(state: str, starts_on: date, ends_on: date, today: date) -> list[Reason]:
    """A planned one, on one of its days. A closed one is not opened again."""
    reasons = []
    if state == "open":
        reasons.append(Reason("campaign-open", N_("This campaign is open already.")))
    elif state == "closed":
        reasons.append(Reason("campaign-closed", N_("A closed campaign is not opened again; plan a new one.")))
    if today < starts_on:
        text = N_("The campaign starts on %(day)s.")
        reasons.append(Reason("not-begun", text, None, {"day": starts_on, "today": today}))
    if today > ends_on:
        text = N_("The last day, %(day)s, is over.")
        reasons.append(Reason("over-already", text, None, {"day": ends_on, "today": today}))
    return reasons


def may_close(state: str, waiting: int) -> list[Reason]:
    """An open one, whose cases have all come to an end, so that its figures stand."""
    reasons = []
    if state == "planned":
        reasons.append(Reason("campaign-not-open", N_("This campaign was not opened yet.")))
    elif state == "closed":
        reasons.append(Reason("campaign-closed", N_("This campaign is closed already.")))
    if waiting:
        text = N_("Applications that still wait: %(count)s. Pay, decline or withdraw them first.")
        reasons.append(Reason("cases-wait", text, None, {"count": waiting}))
    return reasons


def unknown() -> list[Reason]:
    return [Reason("campaign-unknown", N_("There is no such campaign."), "campaign_id")]


@dataclass(frozen=True)
class Case:
    """What decides whether an application can belong to a campaign."""

    body: str
    submitted_on: date
    fund_id: Hashable


def may_be_named(state: str, body: str, first: date, last: date, fund_id: Hashable | None, case: Case) -> list[Reason]:
    """By a case of the same body, written down on one of its days while it is open, that asks its fund."""
    if body != case.body:
        return [Reason("campaign-of-another-body", N_("This campaign belongs to another body."), "campaign_id")]
    reasons = []
    if state != "open":
        reasons.append(Reason("campaign-not-open", N_("This campaign is not open."), "campaign_id"))
    if not first <= case.submitted_on <= last:
        text = N_("This campaign runs from %(first)s to %(last)s.")
        reasons.append(Reason("outside-the-campaign", text, "campaign_id", {"first": first, "last": last}))
    if fund_id is not None and fund_id != case.fund_id:
        text = N_("This campaign has a fund of its own; ask that one.")
        reasons.append(Reason("not-the-campaigns-fund", text, "fund_id"))
    return reasons
