"""What happens to uploads that nobody confirms: their content is removed after a day."""

from datetime import timedelta

from sqlalchemy import select

from membership.imports.models import Import
from shared.runtime import Runtime

KEPT = timedelta(hours=24)


def give_up_old_imports(runtime: Runtime) -> int:
    """Give up what waits for longer than a day. Safe to repeat."""
    with runtime.unit_of_work() as work:
        old = select(Import).where(Import.state == "waiting", Import.uploaded_at <= work.now - KEPT)
        found = work.session.scalars(old.order_by(Import.id).limit(100).with_for_update(skip_locked=True)).all()
        for one in found:
            one.state, one.content_sealed = "given-up", None
            one.version += 1
            work.audit("import-given-up", f"import/{one.id}")
    return len(found)
