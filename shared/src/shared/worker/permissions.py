"""Telling what the broker does not allow: once in the log, and in the database for the pages, until it is allowed."""

import logging

from shared.deliveries.forbidden import note_forbidden
from shared.forbidden import Forbidden
from shared.runtime import Runtime
from shared.worker.state import WorkerState

log = logging.getLogger(__name__)


def tell_forbidden(runtime: Runtime, state: WorkerState, loop: str, found: frozenset[Forbidden]) -> None:
    """Note what is forbidden to this loop now. What an earlier process noted, and what is allowed again, goes."""
    if found == state.forbidden.get(loop):
        return
    with runtime.database.writing() as session:
        note_forbidden(session, loop, found, runtime.clock())
    before = state.all_forbidden
    state.forbidden = {**state.forbidden, loop: found}
    for each in sorted(state.all_forbidden - before):
        log.error("%s", each)
    for each in sorted(before - state.all_forbidden):
        log.info("this is allowed now: %s", each)
