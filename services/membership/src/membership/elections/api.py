"""/api/v1/terms and /api/v1/elections"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask.views import MethodView

from membership.current import centre, today
from membership.elections.commands import enter_term, postpone_election, record_election
from membership.elections.models import CommitteeTerm, Election
from membership.elections.queries import Standing, get_election, get_term, standings
from membership.elections.rules import Candidate
from membership.elections.schemas import ElectionIn, ElectionOut, PostponementIn, TermIn, TermOut, TermStandingOut
from shared.database import UnitOfWork
from shared.web import ApiBlueprint, idempotent, principal, reading, requires

blueprint = ApiBlueprint(
    "terms", __name__, url_prefix="/api/v1/terms", description="Terms of office and when the next election is due."
)
elections = ApiBlueprint(
    "elections", __name__, url_prefix="/api/v1/elections", description="Elections by secret ballot, as sums."
)


@blueprint.route("")
class Terms(MethodView):
    @requires("viewer")
    @blueprint.response(200, TermStandingOut(many=True))
    def get(self) -> Sequence[Standing]:
        """How every Party organisation stands, those with the most urgent election first."""
        principal().demand("viewer", "party")
        with reading() as session:
            return standings(session, today())

    @requires("officer")
    @blueprint.arguments(TermIn)
    @blueprint.response(201, TermOut)
    @idempotent(load=get_term)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> CommitteeTerm:
        """Enter since when those in office hold it."""
        return enter_term(work, **data, centre=centre())


@blueprint.route("/<uuid:term_id>/postponement")
class Postponement(MethodView):
    @requires("officer")
    @blueprint.arguments(PostponementIn)
    @blueprint.response(200, TermOut)
    @idempotent(load=get_term, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], term_id: UUID) -> CommitteeTerm:
        """The superior organisation allows the election to wait; once a term."""
        term = get_term(work.session, term_id)
        return postpone_election(work, term_id, **data, version=term.version, centre=centre())


@elections.route("")
class Elections(MethodView):
    @requires("officer")
    @elections.arguments(ElectionIn)
    @elections.response(201, ElectionOut)
    @idempotent(load=get_election)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Election:
        """Record an election: offices change hands on its day, and a new term begins."""
        candidates = [Candidate(**one) for one in data.pop("candidates")]
        return record_election(work, **data, candidates=candidates, centre=centre())


@elections.route("/<uuid:election_id>")
class OneElection(MethodView):
    @requires("viewer")
    @elections.response(200, ElectionOut)
    def get(self, election_id: UUID) -> Election:
        """The sums of one election."""
        principal().demand("viewer", "party")
        with reading() as session:
            return get_election(session, election_id)
