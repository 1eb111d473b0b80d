"""Senders that are told to end while a server does not answer them: in time, in good order, and nobody is missed."""

import httpx
import pytest

from notifications.testing.conditions import messages, states
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.others import Others
from notifications.testing.sender_processes import Senders
from shared.clock import utc_now
from shared.runtime import Runtime
from shared.testing.deaf import deaf_server

pytestmark = [pytest.mark.timeout(300), pytest.mark.long]
ENDS_WITHIN = 10.0
SILENT = 60.0


def ids(mailbox: Mailbox) -> list[str]:
    return [message["message_id"].strip("<>").partition("@")[0] for message in mailbox.messages(limit=100)]


def test_a_sender_ends_while_it_waits_for_a_greeting(runtime: Runtime, senders: Senders, mailbox: Mailbox) -> None:
    others = Others(runtime, utc_now)
    others.registration("confirmed", others.contact(phone=None))
    with deaf_server() as deaf:
        sender = senders.start(SMTP_URL=f"smtp://127.0.0.1:{deaf.port}")
        until(lambda: deaf.connections, seconds=60)
        sender.terminate()
        assert sender.wait(ENDS_WITHIN) == 0
    senders.start()
    until(lambda: states(runtime) == {"sent": 1}, seconds=60)
    assert len(ids(mailbox)) == 1


@pytest.mark.parametrize(("channel", "lacks"), [("smtp", "phone"), ("sms", "email")])
def test_a_sender_ends_while_it_waits_for_what_became_of_a_message(
    runtime: Runtime, senders: Senders, mailbox: Mailbox, channel: str, lacks: str
) -> None:
    """A mail whose answer nobody heard may come twice, and says so; an SMS does not."""
    others = Others(runtime, utc_now)
    for _ in range(3):
        others.registration("confirmed", others.contact(**{lacks: None}))
    mailbox.fault(channel, "slow", seconds=SILENT)
    sender = senders.start()
    until(lambda: states(runtime).get("sending", 0) > 0, seconds=60)
    sender.terminate()
    assert sender.wait(ENDS_WITHIN) == 0
    assert httpx.delete(f"{mailbox.url}/api/faults", trust_env=False).status_code == 204
    senders.start()
    until(lambda: states(runtime) == {"sent": 3}, seconds=120)
    arrived = ids(mailbox)
    assert set(arrived) == {str(message.message_id) for message in messages(runtime)}
    again = {each for each in arrived if arrived.count(each) > 1}
    assert again <= {str(each.message_id) for each in messages(runtime) if each.maybe_duplicate and channel == "smtp"}
