"""What this service is: its name, events, reactions, timers and tables."""

from activities.activity.queries import activity_snapshots
from activities.attendance.models import Attendance
from activities.attendance.queries import attendance_snapshots
from activities.published import answers, registry
from activities.reactions import facilities, membership
from activities.registration.queries import registration_snapshots
from activities.timers import TIMERS
from shared.service import Service

SERVICE = Service(
    name="activities",
    registry=registry,
    metadata=Attendance.metadata,
    reactions=(facilities.reactions, membership.reactions),
    timers=TIMERS,
    snapshots={
        "activity": activity_snapshots,
        "registration": registration_snapshots,
        "attendance": attendance_snapshots,
        **answers.snapshots,
    },
)
