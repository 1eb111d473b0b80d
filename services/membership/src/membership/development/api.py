"""/api/v1/development-files"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from membership.ballots.rules import Votes
from membership.current import centre, today
from membership.development.commands import (
    PaperData,
    StepData,
    add_paper,
    close_file,
    enter_vote,
    open_file,
    record_step,
)
from membership.development.models import DevelopmentFile
from membership.development.queries import ahead, get_file, selection
from membership.development.schemas import (
    ClosingIn,
    FileIn,
    FileOut,
    FileQuery,
    PaperIn,
    StepIn,
    TimetableOut,
    TimetableQuery,
    VoteIn,
)
from shared.database import UnitOfWork
from shared.web import (
    ApiBlueprint,
    Page,
    check_if_match,
    idempotent,
    page_of,
    paginate,
    principal,
    reading,
    requires,
    set_etag,
)

blueprint = ApiBlueprint(
    "development-files",
    __name__,
    url_prefix="/api/v1/development-files",
    description="The way into the Party; for the Party office alone.",
)


def _papers(given: list[dict[str, Any]]) -> list[PaperData]:
    return [PaperData(**one) for one in given]


@blueprint.route("")
class Files(MethodView):
    @requires("viewer")
    @blueprint.arguments(FileQuery, location="query")
    @blueprint.response(200, page_of(FileOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Development files, the newest first."""
        principal().demand("viewer", "party")
        by = {name: query[name] for name in ("stage", "state", "organisation_id", "person_id")}
        with reading() as session:
            return paginate(session, selection(**by), query)

    @requires("officer")
    @blueprint.arguments(FileIn)
    @blueprint.response(201, FileOut)
    @idempotent(load=get_file)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> DevelopmentFile:
        """Refused with every broken rule: pack, article, earliest day and missing papers are in the facts."""
        papers = _papers(data.pop("papers"))
        return open_file(work, **data, papers=papers, centre=centre())


@blueprint.route("/<uuid:file_id>")
class OneFile(MethodView):
    @requires("viewer")
    @blueprint.response(200, FileOut)
    def get(self, file_id: UUID) -> DevelopmentFile:
        """One file with its steps, papers, people and what falls due."""
        with reading() as session:
            file = get_file(session, file_id, principal())
            set_etag(file)
            return file


@blueprint.route("/<uuid:file_id>/timetable")
class Timetable(MethodView):
    @requires("viewer")
    @blueprint.arguments(TimetableQuery, location="query")
    @blueprint.response(200, TimetableOut)
    def get(self, query: dict[str, Any], file_id: UUID) -> dict[str, Any]:
        """What is ahead, each step on its earliest day, if it goes on from a day."""
        with reading() as session:
            file = get_file(session, file_id, principal())
            return {"steps": list(ahead(session, file, query["start"] or today()))}


@blueprint.route("/<uuid:file_id>/steps")
class Steps(MethodView):
    @requires("officer")
    @blueprint.arguments(StepIn)
    @blueprint.response(200, FileOut)
    @idempotent(load=get_file, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], file_id: UUID) -> DevelopmentFile:
        """Record a step that was taken; refused with every broken rule at once."""
        papers = _papers(data.pop("papers"))
        step = StepData(**{**data, "people": tuple(data["people"])})
        file = get_file(work.session, file_id, work.actor)
        check_if_match(file)
        return record_step(work, file_id, step, papers=papers, version=file.version, centre=centre())


@blueprint.route("/<uuid:file_id>/papers")
class Papers(MethodView):
    @requires("officer")
    @blueprint.arguments(PaperIn)
    @blueprint.response(200, FileOut)
    @idempotent(load=get_file, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], file_id: UUID) -> DevelopmentFile:
        """Note a paper that came into the file."""
        return add_paper(work, file_id, PaperData(**data), centre=centre())


@blueprint.route("/<uuid:file_id>/ballots")
class Ballots(MethodView):
    @requires("officer")
    @blueprint.arguments(VoteIn)
    @blueprint.response(200, FileOut)
    @idempotent(load=get_file, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], file_id: UUID) -> DevelopmentFile:
        """Attendance and sums of a ballot held on paper; who voted how is known to nobody."""
        votes = Votes(*(data.pop(name) for name in ("in_favour", "against", "abstained", "invalid")))
        papers = _papers(data.pop("papers"))
        file = get_file(work.session, file_id, work.actor)
        check_if_match(file)
        return enter_vote(work, file_id, **data, votes=votes, papers=papers, version=file.version, centre=centre())


@blueprint.route("/<uuid:file_id>/closing")
class Closing(MethodView):
    @requires("officer")
    @blueprint.arguments(ClosingIn)
    @blueprint.response(200, FileOut)
    @idempotent(load=get_file, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], file_id: UUID) -> DevelopmentFile:
        """Close a file that does not lead to membership."""
        file = get_file(work.session, file_id, work.actor)
        check_if_match(file)
        return close_file(work, file_id, data["reason"], version=file.version, centre=centre())
