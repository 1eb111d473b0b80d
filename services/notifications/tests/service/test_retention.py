"""Contents end, facts stay."""

from datetime import timedelta

from notifications.messages.retention import drop_contents
from notifications.sending.sender import Sender
from notifications.testing.conditions import messages, notices, states, steps
from notifications.testing.others import Others
from shared.runtime import Runtime
from shared.testing.fakes import SettableClock


def test_what_an_old_message_said_is_dropped_and_that_it_was_sent_is_kept(
    runtime: Runtime, others: Others, sender: Sender, clock: SettableClock
) -> None:
    others.registration("confirmed", others.contact(phone=None, email="somebody@sample.invalid"))
    sender.run_once()
    assert drop_contents(runtime, timedelta(days=180)) == 0
    clock.advance(hours=24 * 181)
    others.registration("confirmed", others.contact(phone=None))
    assert drop_contents(runtime, timedelta(days=180)) == 1
    assert drop_contents(runtime, timedelta(days=180)) == 0
    old, young = notices(runtime)
    assert (old.facts, young.facts == {}) == ({}, False)
    assert messages(runtime)[0].address == "s•••@sample.invalid"
    assert states(runtime) == {"sent": 1, "pending": 1}
    assert len(steps(runtime, "contents-dropped")) == 1
