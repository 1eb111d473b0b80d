"""Whose the records are that addresses name, and which places are the Party office's."""

from sqlalchemy import Select, select, union_all

from membership.add_requests.models import AddRequest
from membership.add_requests.queries import NOUN as ADD_REQUEST
from membership.memberships.models import Membership
from membership.memberships.queries import NOUN as MEMBERSHIP
from membership.organisations.models import Organisation
from shared.principal import ALL_BODIES
from shared.web import Belonging, Owned, Within

_PARTY = Within("party", "party")
_OF_THE_PARTY = (
    "party_charts",
    "development",
    "development_steps",
    "development-files",
    "dues",
    "dues_pages",
    "dues_import",
    "dues_payments",
    "transfers",
    "transfers_pages",
    "floating",
    "floating-stays",
    "joint_branches",
    "branches",
    "meetings",
    "appraisals",
    "appraisals_pages",
    "guidance",
    "guidance-visits",
    "archive",
    "archive-papers",
)


def _sides() -> Select[tuple[object, str]]:
    """An add-request and the two bodies that it concerns."""
    both = union_all(select(AddRequest.id, AddRequest.body), select(AddRequest.id, AddRequest.owner)).subquery()
    return select(both.c.id, both.c.body)


BELONGING = Belonging(
    {
        "request_id": Owned(_sides(), ADD_REQUEST, confidential=True),
        "membership_id": Owned(select(Membership.id, Membership.body), MEMBERSHIP, open=True),
        "organisation_id": Owned(select(Organisation.id, Organisation.body), "organisation", open=True),
    },
    {
        **dict.fromkeys(_OF_THE_PARTY, _PARTY),
        **dict.fromkeys(("terms", "elections", "elections_pages"), Within(reading="party")),
        "retention_pages": Within(ALL_BODIES, ALL_BODIES),
    },
)
