"""Rates, rounding and spreading of dues. Pure, with exact money."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.dues.rates import rates_on, read
from membership.dues.rules import Owed, assessed, due_on, next_month, spread, waiver_reasons

RATES = rates_on(date(2026, 11, 23))
MONEY = st.decimals(Decimal("0.01"), Decimal("99999.99"), places=2)


@pytest.mark.parametrize(
    ("category", "base", "amount"),
    [
        ("employed", "3000", "15.00"),
        ("employed", "3000.01", "30.00"),
        ("employed", "5000", "50.00"),
        ("employed", "5000.01", "75.00"),
        ("employed", "10000", "150.00"),
        ("employed", "10000.01", "200.00"),
        ("employed", "2345.67", "11.73"),
        ("employed", "2345", "11.73"),  # 11.725 is rounded half up
        ("retired", "5000", "25.00"),
        ("retired", "5001", "50.01"),
        ("student", "0", "0.20"),
        ("unemployed", "0", "0.20"),
    ],
)
def test_a_rate_is_taken_of_the_whole_base(category: str, base: str, amount: str) -> None:
    assert RATES.amount(category, Decimal(base)) == Decimal(amount)


def test_rates_whose_limits_do_not_rise_are_not_read() -> None:
    bands = [{"up_to": "5000", "percent": "1"}, {"up_to": "3000", "percent": "2"}, {"percent": "3"}]
    given_rates = {
        "version": "x",
        "in_force_from": date(2030, 1, 1),
        "rounding": "half-up",
        "rates": {"employed": bands},
        "fixed": {},
    }
    with pytest.raises(ValueError, match="limits rise"):
        read(given_rates)


@given(base=MONEY)
def test_an_amount_has_whole_fen_and_lies_within_half_a_fen_of_the_exact_one(base: Decimal) -> None:
    amount = RATES.amount("employed", base)
    exact = base * (RATES.rate("employed", base) or 0) / 100
    assert amount == amount.quantize(Decimal("0.01"))
    assert -Decimal("0.005") < amount - exact <= Decimal("0.005")


@given(base=MONEY, reduced=st.one_of(st.none(), MONEY))
def test_a_waiver_never_raises_what_is_owed(base: Decimal, reduced: Decimal | None) -> None:
    plain = RATES.amount("employed", base)
    amount = assessed(RATES, "employed", base, reduced)
    assert amount == (plain if reduced is None else min(plain, reduced))


@given(owed=st.lists(MONEY, min_size=1, max_size=12), share=st.integers(1, 100))
def test_a_payment_goes_to_the_oldest_months_and_nothing_is_lost(owed: list[Decimal], share: int) -> None:
    months = [Owed(uuid4(), date(2025 + number // 12, number % 12 + 1, 1), open) for number, open in enumerate(owed)]
    total = sum(owed, Decimal())
    amount = max((total * share / 100).quantize(Decimal("0.01")), Decimal("0.01"))
    if amount > total:
        amount = total
    parts, reasons = spread(amount, list(reversed(months)))
    assert reasons == []
    assert sum((part for _, part in parts), Decimal()) == amount
    assert [one.month for one, _ in parts] == [one.month for one in months[: len(parts)]]
    assert all(part == one.open for one, part in parts[:-1])
    assert spread(total + Decimal("0.01"), months)[1][0].code == "more-than-owed"


def test_dues_of_a_month_are_due_on_its_last_day() -> None:
    assert due_on(date(2028, 2, 1)) == date(2028, 2, 29)
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)


def test_a_waiver_ends_after_a_year() -> None:
    today = date(2026, 11, 23)
    assert waiver_reasons(date(2026, 1, 1), date(2026, 12, 1), today, "illness", today) == []
    found = waiver_reasons(date(2026, 1, 1), date(2027, 1, 1), date(2026, 12, 1), "x", today)
    assert [reason.code for reason in found] == ["waiver-length", "day-ahead", "reason-length"]
