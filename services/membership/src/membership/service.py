"""What membership is made of: events, reactions, tables, timers and snapshots."""

from datetime import timedelta

from membership.acknowledgements import models as _acknowledgements  # noqa: F401 - its tables belong to the metadata
from membership.add_requests import models as _add_requests  # noqa: F401
from membership.add_requests.commands import expire
from membership.appraisals import models as _appraisals  # noqa: F401
from membership.archive import models as _archive  # noqa: F401
from membership.ballots import models as _ballots  # noqa: F401
from membership.base import Base
from membership.consents import models as _consents  # noqa: F401
from membership.development import models as _development  # noqa: F401
from membership.development.timers import announce_what_is_due
from membership.dues import models as _dues  # noqa: F401
from membership.dues.timers import generate_dues
from membership.duplicates import models as _duplicates  # noqa: F401
from membership.duplicates.moving import LATE
from membership.elections import models as _elections  # noqa: F401
from membership.erasures import models as _erasures  # noqa: F401
from membership.floating import models as _floating  # noqa: F401
from membership.guidance import models as _guidance  # noqa: F401
from membership.households import models as _households  # noqa: F401
from membership.imports import models as _imports  # noqa: F401
from membership.imports.timers import give_up_old_imports
from membership.joint_branches import models as _joint_branches  # noqa: F401
from membership.meetings import models as _meetings  # noqa: F401
from membership.memberships import models as _memberships  # noqa: F401
from membership.organisations import models as _organisations  # noqa: F401
from membership.organisations import periods as _periods  # noqa: F401
from membership.people import tokens as _tokens  # noqa: F401
from membership.people.timers import index_people, write_to_grown_up_children
from membership.provider import models as _provider  # noqa: F401
from membership.provider.timers import TIMERS as PROVIDER_TIMERS
from membership.published import registry
from membership.reactions import activities, facilities, notifications, welfare
from membership.retention import models as _retention  # noqa: F401
from membership.retention.timers import remove_what_was_marked
from membership.snapshots import PROVIDERS
from membership.transfers import models as _transfers  # noqa: F401
from membership.workdays import models as _workdays  # noqa: F401
from shared.former_people import sweeper
from shared.service import Service
from shared.staff.timers import TIMERS as STAFF_TIMERS
from shared.timers import Timer

SERVICE = Service(
    name="membership",
    registry=registry,
    metadata=Base.metadata,
    reactions=(facilities.reactions, activities.reactions, welfare.reactions, notifications.reactions),
    snapshots=PROVIDERS,
    timers=(
        Timer("write to grown-up children", timedelta(hours=1), write_to_grown_up_children),
        Timer("index people", timedelta(minutes=5), index_people),
        Timer("announce what is due", timedelta(hours=1), announce_what_is_due),
        Timer("generate dues", timedelta(hours=1), generate_dues),
        Timer("remove what retention marked", timedelta(hours=1), remove_what_was_marked),
        Timer("give up old imports", timedelta(hours=1), give_up_old_imports),
        sweeper(LATE),
        Timer("expire add-requests", timedelta(hours=1), expire),
        *PROVIDER_TIMERS,
        *STAFF_TIMERS,
    ),
)
