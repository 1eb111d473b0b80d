"""Circuits, buckets, prices, budgets, and the shares of the lanes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.providers.rules import Bucket, Budget, Circuit, parse_price, yuan
from notifications.sending.shares import shares

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FIRST = timedelta(seconds=10)


def _failed(circuit: Circuit, times: int, jitter: float = 1.0) -> Circuit:
    for _ in range(times):
        circuit = circuit.failed(NOW, lambda: jitter, first_pause=FIRST)
    return circuit


def test_a_circuit_opens_after_three_failures_in_a_row_and_not_before() -> None:
    assert _failed(Circuit(), 2).usable()
    assert _failed(_failed(Circuit(), 2).succeeded(), 2).usable()
    opened = _failed(Circuit(), 3)
    assert (opened.state, opened.next_try_at) == ("open", NOW + FIRST)
    assert not opened.may_probe(NOW)
    assert opened.may_probe(NOW + FIRST)


def test_a_probe_that_fails_doubles_the_pause_and_one_that_succeeds_closes_the_circuit() -> None:
    again = _failed(replace(_failed(Circuit(), 3), state="probing"), 1)
    assert again.next_try_at == NOW + 2 * FIRST
    assert again.succeeded() == Circuit()


def test_the_pause_is_spread_and_never_longer_than_six_first_ones() -> None:
    assert _failed(Circuit(), 3, jitter=0.0).next_try_at == NOW + FIRST / 2
    long_open = _failed(Circuit("open", 50, 50, NOW), 1)
    assert long_open.next_try_at == NOW + 6 * FIRST


def test_a_pause_that_the_provider_asks_for_is_kept_at_once() -> None:
    asked = Circuit().failed(NOW, lambda: 0.0, first_pause=FIRST, asked_for=timedelta(seconds=90))
    assert (asked.state, asked.next_try_at) == ("open", NOW + timedelta(seconds=90))


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0, 5)), max_size=30), st.integers(1, 20), st.integers(1, 20))
def test_a_bucket_never_gives_more_than_its_rate_and_burst(
    takings: list[tuple[int, float]], rate: int, burst: int
) -> None:
    bucket, now, given_out = Bucket(rate, burst, 0.0, NOW), NOW, 0
    for wanted, passed in takings:
        now += timedelta(seconds=passed)
        taken, bucket = bucket.take(wanted, now)
        assert 0 <= taken <= min(wanted, burst)
        given_out += taken
        assert given_out <= rate * (now - NOW).total_seconds() + 1e-6


def test_prices_have_at_most_four_places() -> None:
    assert (parse_price("0.045"), yuan(parse_price("0.045") * 200)) == (450, Decimal("9.00"))
    for wrong in ("0.00001", "-1", "free", "NaN"):
        with pytest.raises(ValueError):
            parse_price(wrong)


@pytest.mark.parametrize(("spent", "state"), [(0, "fine"), (79, "fine"), (80, "near"), (99, "near"), (100, "used-up")])
def test_a_budget_warns_before_it_is_used_up(spent: int, state: str) -> None:
    assert Budget(100, spent).state == state
    assert Budget(None, spent).state == "fine"


def test_urgent_comes_first_and_bulk_keeps_a_quarter_of_what_it_leaves() -> None:
    assert shares(20, ["urgent", "normal", "bulk"]) == [("urgent", 20), ("normal", 15), ("bulk", 5)]
    assert shares(20, ["bulk"]) == [("bulk", 20)]
    assert shares(2, ["normal", "bulk"]) == [("normal", 1), ("bulk", 1)]
    assert shares(1, ["urgent", "normal", "bulk"]) == [("urgent", 1), ("normal", 1), ("bulk", 1)]
