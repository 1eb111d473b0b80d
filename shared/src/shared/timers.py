"""What a service does because time passed: declared here, run by the worker under a lease."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.runtime import Runtime


@dataclass(frozen=True)
class Timer:
    """``run`` is called about every ``every`` by one worker at a time and must be safe to repeat after a crash.

    Several workers share the work by the lease; ``everywhere`` runs it in each of them instead, for work that takes
    its own leases row by row. A run that returns a positive number found work and is called again at once.
    """

    name: str
    every: timedelta
    run: Callable[["Runtime"], int | None]
    everywhere: bool = False
    threads: int = 1
