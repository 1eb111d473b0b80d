"""The bookkeeping of confirms, against a broker that answers as it likes."""

from datetime import UTC, datetime

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


def test_a_return_before_the_ack_makes_it_unrouted() -> None:
    made = ledger(3)
    made.on_return("1")
    made.on_ack(3, True)
    assert made.outcomes == [Outcome.CONFIRMED, Outcome.UNROUTED, Outcome.CONFIRMED]


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


def test_what_was_meant_for_a_missing_exchange_is_unrouted_unless_it_was_confirmed() -> None:
    made = ledger(3)
    made.on_ack(1, False)
    made.settle_missing_exchanges({"exchange-0", "exchange-2"})
    assert made.outcomes == [Outcome.CONFIRMED, Outcome.UNKNOWN, Outcome.UNROUTED]


def test_another_attempt_starts_at_the_first_unanswered_and_leaves_out_what_has_no_route() -> None:
    made = ledger(5)
    made.on_ack(1, False)
    made.on_ack(4, False)
    assert made.settle_missing_exchanges({"exchange-2"})
    assert not made.settle_missing_exchanges({"exchange-2"})
    made.start_again()
    assert made.pending() == [1, 3, 4]
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
