"""The welfare service, put together."""

from shared.former_people import sweeper
from shared.service import Service
from shared.staff.timers import TIMERS
from welfare.base import Base
from welfare.campaigns import queries as campaigns
from welfare.confidential import models as _texts  # noqa: F401 - its table belongs to the metadata
from welfare.disputes import queries as disputes
from welfare.funds import models as _funds  # noqa: F401
from welfare.published import answers, registry
from welfare.reactions import facilities, membership
from welfare.relief import queries as relief
from welfare.talks import queries as talks

SERVICE = Service(
    name="welfare",
    registry=registry,
    metadata=Base.metadata,
    reactions=(membership.reactions, facilities.reactions),
    timers=(sweeper(membership.PEOPLE), *TIMERS),
    snapshots={
        "talk": talks.snapshots,
        "dispute": disputes.snapshots,
        "relief": relief.snapshots,
        "campaign": campaigns.snapshots,
        **answers.snapshots,
    },
)
