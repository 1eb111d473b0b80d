"""Addresses, their secrets, and waiting between attempts."""

import pytest

from shared.bus import connect
from shared.bus.links import Backoff, error_text, public_address


def test_an_address_is_shown_without_user_and_password() -> None:
    assert public_address("amqp://user:secret@rabbit:5672/vhost") == "amqp://rabbit:5672/vhost"
    assert public_address("spool:///some/folder") == "spool:///some/folder"


def test_an_error_is_one_line_without_the_password_in_either_spelling() -> None:
    error = OSError("cannot reach\namqp://u:p%2Fw@h nor p/w")
    assert error_text(error, "amqp://u:p%2Fw@h//") == "OSError: cannot reach amqp://u:***@h nor ***"


def test_other_buses_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no such bus: redis"):
        connect("redis://localhost")
    with pytest.raises(ValueError, match="without scheme"):
        connect("/some/folder")


def test_capabilities_are_declared() -> None:
    rabbitmq, spool = connect("amqp://h//").capabilities, connect("spool:///f").capabilities
    assert (rabbitmq.heartbeat, rabbitmq.users) == (True, True)
    assert (spool.heartbeat, spool.users) == (False, False)


def test_backoff_doubles_to_its_bound_and_starts_again() -> None:
    backoff = Backoff(first=1, longest=4)
    waits = [backoff.next() for _ in range(4)]
    for wait, bound in zip(waits, (1, 2, 4, 4), strict=True):
        assert bound / 2 <= wait <= bound
    backoff.reset()
    assert backoff.next() <= 1
