"""What the shared code knows about this service."""

from notifications.broadcasts.timers import TIMERS as BROADCAST_TIMERS
from notifications.digests.timers import TIMERS as DIGEST_TIMERS
from notifications.messages.effects import effects_of
from notifications.published import ANSWERS, registry
from notifications.reactions import REACTIONS, membership
from notifications.receipts.timers import TIMERS as BOUNCE_TIMERS
from notifications.reminders.timers import TIMERS as REMINDER_TIMERS
from notifications.sending.timers import TIMERS
from notifications.tables import Base
from shared.former_people import sweeper
from shared.service import Service
from shared.staff.timers import TIMERS as STAFF_TIMERS

SERVICE = Service(
    name="notifications",
    registry=registry,
    metadata=Base.metadata,
    reactions=REACTIONS,
    timers=(
        *TIMERS,
        *BROADCAST_TIMERS,
        *BOUNCE_TIMERS,
        *REMINDER_TIMERS,
        *DIGEST_TIMERS,
        sweeper(membership.PEOPLE),
        *STAFF_TIMERS,
    ),
    snapshots=ANSWERS.snapshots,
    web="notifications.app:create_app",
    migrations="notifications.migrations",
    effects=effects_of,
)
