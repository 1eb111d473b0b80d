"""The inbox: events of other services are rows of our database first, and effects afterwards, in their order."""

from shared.inbox.reactions import Reactions, ReceivedEvent

__all__ = ["Reactions", "ReceivedEvent"]
