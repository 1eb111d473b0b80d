"""/api/v1/meetings"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from membership.current import centre, today
from membership.meetings.commands import note_meeting
from membership.meetings.models import MeetingNote
from membership.meetings.queries import branch_year
from membership.meetings.rules import completeness
from membership.meetings.schemas import CompletenessOut, MeetingNoteIn, MeetingNoteOut
from membership.organisations.queries import get_organisation
from shared.refusal import NotFound
from shared.texts import N_
from shared.web import ApiBlueprint, principal, reading, requires, unit_of_work

blueprint = ApiBlueprint(
    "meetings",
    __name__,
    url_prefix="/api/v1/meetings",
    description="Three meetings and one lesson of each branch, from who attended.",
)


@blueprint.route("/<uuid:organisation_id>/<int:year>")
class Completeness(MethodView):
    @requires("viewer")
    @blueprint.response(200, CompletenessOut)
    def get(self, organisation_id: UUID, year: int) -> dict[str, Any]:
        """What the branch held in a year and what is missing, with each member's minutes of study."""
        principal().demand("viewer", "party")
        if not 1949 <= year <= 2200:
            raise NotFound(N_("year"))
        with reading() as session:
            branch = get_organisation(session, organisation_id)
            if branch.kind != "party-branch":
                raise NotFound(N_("Party branch"))
            found = branch_year(session, organisation_id, year, today(), centre().zone)
        held, owed = completeness(found.rows)
        study = [{"person_id": person_id, "minutes": minutes} for person_id, minutes in sorted(found.study.items())]
        return {"held": held, "owed": owed, "rows": found.rows, "study": study}


@blueprint.route("/<uuid:organisation_id>/sessions/<uuid:session_id>")
class Note(MethodView):
    @requires("officer")
    @blueprint.arguments(MeetingNoteIn)
    @blueprint.response(200, MeetingNoteOut)
    def put(self, data: dict[str, Any], organisation_id: UUID, session_id: UUID) -> MeetingNote:
        """Say which of its meetings a session was for the branch."""
        with unit_of_work() as work:
            return note_meeting(work, organisation_id, session_id, data["duty"])
