"""/api/v1/archive-papers"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from membership.archive.commands import decide_disposal, enter_paper, lend_paper, propose_disposal, take_back
from membership.archive.models import ArchivePaper
from membership.archive.queries import get_paper, selection
from membership.archive.rules import PaperData
from membership.archive.schemas import (
    ArchiveDecisionIn,
    ArchiveLoanIn,
    ArchivePaperIn,
    ArchivePaperOut,
    ArchivePaperQuery,
    ArchiveReturnIn,
)
from membership.current import centre, today
from shared.database import UnitOfWork
from shared.web import ApiBlueprint, Page, idempotent, page_of, paginate, principal, reading, requires

blueprint = ApiBlueprint(
    "archive-papers",
    __name__,
    url_prefix="/api/v1/archive-papers",
    description="The register of the archive room: papers with place, retention and loans.",
)


@blueprint.route("")
class Papers(MethodView):
    @requires("viewer")
    @blueprint.arguments(ArchivePaperQuery, location="query")
    @blueprint.response(200, page_of(ArchivePaperOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Papers, found by words, branch and state."""
        principal().demand("viewer", "party")
        by = {name: query[name] for name in ("text", "organisation_id", "state")}
        with reading() as session:
            return paginate(session, selection(today(), **by), query)

    @requires("officer")
    @blueprint.arguments(ArchivePaperIn)
    @blueprint.response(201, ArchivePaperOut)
    @idempotent(load=get_paper)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> ArchivePaper:
        """Enter a paper; it gets the next number of the year."""
        return enter_paper(work, PaperData(**data), centre=centre())


@blueprint.route("/<uuid:paper_id>")
class OnePaper(MethodView):
    @requires("viewer")
    @blueprint.response(200, ArchivePaperOut)
    def get(self, paper_id: UUID) -> ArchivePaper:
        """One paper with its loans."""
        with reading() as session:
            return get_paper(session, paper_id, principal())


@blueprint.route("/<uuid:paper_id>/loans")
class Loans(MethodView):
    @requires("officer")
    @blueprint.arguments(ArchiveLoanIn)
    @blueprint.response(200, ArchivePaperOut)
    @idempotent(load=get_paper, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], paper_id: UUID) -> ArchivePaper:
        """Lend a paper to somebody."""
        return lend_paper(work, paper_id, **data, version=_version(work, paper_id), centre=centre())


@blueprint.route("/<uuid:paper_id>/return")
class Return(MethodView):
    @requires("officer")
    @blueprint.arguments(ArchiveReturnIn)
    @blueprint.response(200, ArchivePaperOut)
    @idempotent(load=get_paper, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], paper_id: UUID) -> ArchivePaper:
        """A lent paper is back in its place."""
        version = _version(work, paper_id)
        return take_back(work, paper_id, data["returned_on"], version=version, centre=centre())


@blueprint.route("/<uuid:paper_id>/disposal-proposal")
class Proposal(MethodView):
    @requires("officer")
    @blueprint.response(200, ArchivePaperOut)
    @idempotent(load=get_paper, status=200)
    def post(self, work: UnitOfWork, paper_id: UUID) -> ArchivePaper:
        """Propose to dispose of a paper whose retention has ended."""
        return propose_disposal(work, paper_id, version=_version(work, paper_id), centre=centre())


@blueprint.route("/<uuid:paper_id>/disposal")
class Disposal(MethodView):
    @requires("officer")
    @blueprint.arguments(ArchiveDecisionIn)
    @blueprint.response(200, ArchivePaperOut)
    @idempotent(load=get_paper, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], paper_id: UUID) -> ArchivePaper:
        """A second person consents to the disposal, or sends the paper back to its place."""
        version = _version(work, paper_id)
        return decide_disposal(work, paper_id, consent=data["consent"], version=version, centre=centre())


def _version(work: UnitOfWork, paper_id: UUID) -> int:
    work.actor.demand("officer", "party")
    return get_paper(work.session, paper_id).version
