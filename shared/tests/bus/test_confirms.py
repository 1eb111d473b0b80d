"""The bookkeeping of confirms, against a broker that answers as it likes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus import OutboundMessage, Outcome
from shared.bus.confirms import ConfirmLedger


def ledger(count: int) -> ConfirmLedger:
    messages = [
        OutboundMessage(str(number), f"exchange-{number}", "key", b"", "type", "app", datetime.now(UTC))
        for number in range(count)
    ]
    made = ConfirmLedger(messages)
    for number in range(count):
        made.register(number + 1, number)
    return made


def test_acks_may_come_out_of_order() -> None:
    made = ledger(3)
    made.on_ack(3, False)
    made.on_ack(1, False)
    assert made.outcomes == [Outcome.CONFIRMED, Outcome.UNKNOWN, Outcome.CONFIRMED]
    assert made.in_flight == 1


def test_multiple_means_all_up_to_the_tag_and_tag_zero_all() -> None:
    made = ledger(5)
    made.on_ack(2, True)
    assert made.outcomes == [Outcome.CONFIRMED] * 2 + [Outcome.UNKNOWN] * 3
    made.on_ack(0, True)
    assert made.outcomes == [Outcome.CONFIRMED] * 5


def test_a_return_before_the_ack_tells_that_no_queue_took_it() -> None:
    made = ledger(3)
    made.on_return("1", "exchange-1", "key")
    made.on_ack(3, True)
    assert made.outcomes == [Outcome.CONFIRMED, Outcome.NO_QUEUE, Outcome.CONFIRMED]


def test_a_return_speaks_of_one_address_where_the_same_event_goes_to_two() -> None:
    made = ConfirmLedger(
        [OutboundMessage("1", "alone", queue, b"", "type", "app", datetime.now(UTC)) for queue in ("there", "nowhere")]
    )
    made.register(1, 0)
    made.register(2, 1)
    made.on_return("1", "alone", "nowhere")
    made.on_ack(2, True)
    assert made.outcomes == [Outcome.CONFIRMED, Outcome.NO_QUEUE]


def test_a_nack_leaves_it_unknown_and_is_remembered() -> None:
    made = ledger(2)
    made.on_nack(1, False)
    made.on_ack(2, False)
    assert made.outcomes == [Outcome.UNKNOWN, Outcome.CONFIRMED]
    assert made.nacked
    assert made.in_flight == 0


def test_an_answer_for_an_unknown_tag_changes_nothing() -> None:
    made = ledger(1)
    made.on_ack(7, False)
    made.on_ack(1, False)
    made.on_ack(1, False)
    assert made.outcomes == [Outcome.CONFIRMED]


def test_of_several_in_flight_none_is_blamed_but_each_goes_alone() -> None:
    made = ledger(4)
    made.on_ack(1, False)
    assert made.on_refusal(Outcome.TOO_LARGE)
    assert made.outcomes == [Outcome.CONFIRMED] + [Outcome.UNKNOWN] * 3
    assert [made.must_go_alone(index) for index in made.pending()] == [True] * 3


def test_the_only_one_in_flight_is_the_one_that_was_refused() -> None:
    made = ledger(3)
    made.on_ack(2, True)
    assert made.on_refusal(Outcome.TOO_LARGE)
    assert made.outcomes == [Outcome.CONFIRMED] * 2 + [Outcome.TOO_LARGE]
    assert made.pending() == []


def test_a_refusal_with_nothing_in_flight_is_about_no_message() -> None:
    made = ledger(1)
    made.on_ack(1, False)
    assert not made.on_refusal(Outcome.REFUSED)
    assert made.outcomes == [Outcome.CONFIRMED]


@pytest.mark.parametrize(
    ("outcome", "alike"),
    [(Outcome.NO_EXCHANGE, [0, 1, 3]), (Outcome.FORBIDDEN, [0, 1, 3]), (Outcome.TOO_LARGE, [0])],
)
def test_what_must_meet_the_same_answer_is_not_tried(outcome: Outcome, alike: list[int]) -> None:
    messages = [
        OutboundMessage(str(number), exchange, key, b"", "type", "app", datetime.now(UTC))
        for number, (exchange, key) in enumerate([("a", "x"), ("a", "y"), ("b", "x"), ("a", "x")])
    ]
    made = ConfirmLedger(messages)
    made.register(1, 0)
    assert made.on_refusal(outcome)
    assert [index for index, found in enumerate(made.outcomes) if found is outcome] == alike


def test_another_attempt_starts_at_the_first_unanswered_and_leaves_out_what_was_refused() -> None:
    made = ledger(5)
    made.on_ack(4, False)
    made.on_refusal(Outcome.TOO_LARGE)
    made.start_again()
    assert made.pending() == [0, 1, 2, 3, 4]
    made.register(1, 0)
    made.on_ack(1, False)
    made.register(2, 1)
    made.on_refusal(Outcome.TOO_LARGE)
    made.start_again()
    assert made.pending() == [2, 3, 4]
    assert made.in_flight == 0
    for tag, index in enumerate(made.pending(), 1):
        made.register(tag, index)
    made.on_ack(3, True)
    assert made.pending() == []


@given(st.lists(st.tuples(st.integers(1, 8), st.booleans(), st.booleans()), max_size=12))
def test_the_first_answer_for_each_tag_counts(answers: list[tuple[int, bool, bool]]) -> None:
    made = ledger(8)
    expected: dict[int, Outcome] = {}
    for tag, multiple, acked in answers:
        (made.on_ack if acked else made.on_nack)(tag, multiple)
        for settled in range(1, tag + 1) if multiple else [tag]:
            expected.setdefault(settled, Outcome.CONFIRMED if acked else Outcome.UNKNOWN)
    assert made.outcomes == [expected.get(tag, Outcome.UNKNOWN) for tag in range(1, 9)]
    assert made.in_flight == 8 - len(expected)
