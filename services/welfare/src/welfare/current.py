"""What views take from the current request besides the actor: the centre's day, and the keys of the case texts."""

from collections.abc import Mapping
from datetime import date

from shared.web import runtime


def today() -> date:
    """The day it is at the centre."""
    return runtime().clock().astimezone(runtime().settings.time_zone).date()


def keys() -> Mapping[str, bytes]:
    """The data keys of this process; the first one seals."""
    return runtime().settings.data_keys
