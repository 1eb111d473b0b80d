"""The outbox: events are rows of the command's own transaction first, and messages on the bus afterwards."""
