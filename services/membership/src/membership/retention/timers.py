"""What happens when a window is over: what a run marked is removed, record by record."""

from sqlalchemy import select

from membership.retention.commands import end_run, remove_marked
from membership.retention.models import RetentionMark, RetentionRun
from membership.settings import Centre
from shared.runtime import Runtime

BATCH = 50


def remove_what_was_marked(runtime: Runtime) -> int:
    """Each record in a transaction of its own. Safe to repeat."""
    centre = Centre.of(runtime.settings)
    with runtime.reading() as session:
        over = select(RetentionRun.id).where(RetentionRun.state == "marked", RetentionRun.final_from <= runtime.clock())
        run_ids = session.scalars(over.order_by(RetentionRun.id)).all()
        marked = select(RetentionMark.id).where(RetentionMark.run_id.in_(run_ids), RetentionMark.state == "marked")
        mark_ids = session.scalars(marked.order_by(RetentionMark.id).limit(BATCH)).all()
    for mark_id in mark_ids:
        with runtime.unit_of_work() as work:
            remove_marked(work, mark_id, centre=centre)
    for run_id in run_ids:
        with runtime.unit_of_work() as work:
            end_run(work, run_id)
    return len(mark_ids)
