"""Doing things at the same moment, to see what a race does."""

import threading
from collections.abc import Callable
from typing import Any

from shared.refusal import Refused


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run these in threads that begin together: what each returned, or the code of its refusal, in their order.

    The first failure that is no refusal is raised when all have ended.
    """
    start = threading.Barrier(len(jobs))
    outcomes: list[Any] = [None] * len(jobs)
    failures: list[Exception] = []

    def run(number: int) -> None:
        start.wait()
        try:
            outcomes[number] = jobs[number]()
        except Refused as refused:
            outcomes[number] = refused.code
        except Exception as failure:  # noqa: BLE001 - raised below
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return outcomes
