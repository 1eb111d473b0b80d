"""What happens to files because time passes: what falls due soon is announced, once."""

from sqlalchemy import select

from membership.development.models import DevelopmentDeadline, DevelopmentFile
from membership.published_party import review_due
from membership.settings import Centre
from shared.runtime import Runtime

BATCH = 100


def announce_what_is_due(runtime: Runtime) -> int:
    """Record development.review-due for each deadline whose lead has begun. Safe to repeat."""
    today = Centre.of(runtime.settings).today(runtime.clock())
    with runtime.unit_of_work() as work:
        query = (
            select(DevelopmentDeadline)
            .where(DevelopmentDeadline.announced_at.is_(None), DevelopmentDeadline.announce_on <= today)
            .order_by(DevelopmentDeadline.announce_on, DevelopmentDeadline.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        found = work.session.scalars(query).all()
        for one in found:
            file = work.session.get_one(DevelopmentFile, one.file_id)
            one.announced_at = work.now
            work.record(
                review_due,
                file.id,
                {
                    "file_id": file.id,
                    "person_id": file.person_id,
                    "organisation_id": file.organisation_id,
                    "due": one.kind,
                    "due_on": one.due_on,
                    "helpers": sorted(helper.person_id for helper in file.people),
                },
            )
    return len(found)
