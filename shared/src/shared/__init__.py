"""What the five services of Yizhan share: how to record events, take them in, serve pages, and be operated.

Nothing in here knows a service by its tables or rules; a service hands its own declarations over in
:class:`shared.service.Service`.
"""

__version__ = "0.1.0"
