"""What a recipient switched off since a message was made."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from notifications.messages.models import Message
from notifications.messages.rules import CHANNELS
from notifications.preferences.queries import switched_off
from notifications.preferences.rules import MANDATORY, topics_against, wants

_COMES_STILL = ("pending", "sending", "sent", "unknown")


def why_unwanted(session: Session, message: Message) -> str | None:
    """The reason not to send a message whose notice is loaded: its category or its channel was switched off.

    What is mandatory is sent by a channel that was switched off unless it comes by another one as well.
    """
    unwanted = switched_off(session, message.person_id)
    if not wants(message.notice.category, unwanted):
        return "opted-out"
    if not unwanted & set(topics_against(message.channel, message.notice.category)):
        return None
    if message.notice.category not in MANDATORY:
        return "channel-off" if message.channel in unwanted else "optional-by-sms-off"
    others = [channel for channel in CHANNELS if channel not in unwanted]
    by_another = exists().where(
        Message.notice_id == message.notice_id, Message.channel.in_(others), Message.state.in_(_COMES_STILL)
    )
    return "channel-off" if session.scalar(select(by_another)) else None
