"""The "Event deliveries" pages, the same in every service: what waits, what needs a person, what was refused, and the
story of each event. What they show and do is in :mod:`shared.deliveries`."""

from shared.web.deliveries import asking, content, events, lists, refusals
from shared.web.deliveries.blueprint import blueprint

__all__ = ["asking", "blueprint", "content", "events", "lists", "refusals"]
