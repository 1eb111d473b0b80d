"""Telling from the broker's answers what its permissions do not allow."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from amqp.exceptions import AccessRefused, AMQPError, ChannelError

from shared.bus.links import Link
from shared.forbidden import SIGN_IN, Forbidden

NOT_ALLOWED = 530
"""The reply code where the user may not use the virtual host at all."""


def user_of(bus_url: str) -> str:
    """Who signs in at this address."""
    return unquote(urlsplit(bus_url).username or "")


def sign_in_refused(error: BaseException, bus_url: str) -> frozenset[Forbidden]:
    """Whether a link could not be opened because the broker does not let the user in; nothing otherwise."""
    if isinstance(error, AMQPError) and error.reply_code in (AccessRefused.code, NOT_ALLOWED):
        return frozenset({Forbidden(SIGN_IN, user_of(bus_url))})
    return frozenset()


def may_read(connection: Link, queue: str) -> bool:
    """Ask for the right to read a queue, on a channel of its own, because a refusal closes it.

    Nothing is taken: the broker looks at the right first, then refuses to give single messages of a queue with one
    active consumer. From a queue of another kind a message would come, and go back as the channel is closed.
    """
    channel = connection.channel()
    try:
        channel.basic_get(queue)
    except AccessRefused:
        return False
    except ChannelError:
        return True
    channel.close()
    return True
