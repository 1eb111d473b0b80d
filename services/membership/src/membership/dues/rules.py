"""Rules of dues: what a month costs somebody, and how a payment is spread. Pure, with exact money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from membership.dues.rates import Rates
from shared.refusal import Reason
from shared.texts import N_

METHODS = ("cash", "transfer", "mobile", "payroll")


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def due_on(month: date) -> date:
    """Dues of a month are paid within it."""
    return next_month(month) - timedelta(days=1)


@dataclass(frozen=True)
class Owed:
    """What is still open of a month."""

    assessment_id: UUID
    month: date
    open: Decimal


def assessed(rates: Rates, category: str, base: Decimal, reduced_to: Decimal | None) -> Decimal:
    """A month's amount; a waiver lowers it to what was decided and never raises it."""
    amount = rates.amount(category, base)
    return amount if reduced_to is None else min(amount, reduced_to)


def spread(amount: Decimal, owed: Sequence[Owed]) -> tuple[list[tuple[Owed, Decimal]], list[Reason]]:
    """The payment month by month, the oldest first. Refused when it is more than what is open."""
    total = sum((one.open for one in owed), Decimal())
    if amount > total:
        text = N_("Only %(open)s yuan are open; more cannot be taken.")
        return [], [Reason("more-than-owed", text, "amount", {"open": total})]
    parts: list[tuple[Owed, Decimal]] = []
    left = amount
    for one in sorted(owed, key=lambda one: one.month):
        part = min(left, one.open)
        if part > 0:
            parts.append((one, part))
            left -= part
    return parts, []


def base_reasons(rates: Rates, category: str, base: Decimal) -> list[Reason]:
    """What is wrong with somebody's category and base."""
    if category not in rates.categories:
        return [Reason("category-unknown", N_("There is no such category."), "category")]
    if category in rates.fixed and base != 0:
        return [Reason("base-not-asked", N_("The amount of this category is fixed: leave the base empty."), "base")]
    if category not in rates.fixed and base <= 0:
        return [Reason("base-needed", N_("Enter the monthly income after tax."), "base")]
    return []


def reversal_reasons(reason: str) -> list[Reason]:
    if 5 <= len(reason) <= 300:
        return []
    return [Reason("reason-length", N_("Say why in 5 to 300 characters."), "reason")]


def waiver_reasons(first: date, last: date, decided_on: date, reason: str, today: date) -> list[Reason]:
    """A waiver has a decision and an end, at most a year later."""
    reasons = []
    if last < first or (last.year - first.year) * 12 + last.month - first.month > 11:
        reasons.append(Reason("waiver-length", N_("A waiver lasts 1 to 12 months; decide anew after that."), "until"))
    if decided_on > today:
        reasons.append(Reason("day-ahead", N_("That day has not come yet."), "decided_on"))
    if not 5 <= len(reason.strip()) <= 300:
        reasons.append(Reason("reason-length", N_("Say why in 5 to 300 characters."), "reason"))
    return reasons
