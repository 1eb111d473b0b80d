"""/api/v1/imports: upload, look at the preview, confirm."""

from typing import Any
from uuid import UUID

from flask import request
from flask.views import MethodView
from sqlalchemy.orm import Session

from membership.current import centre, today
from membership.imports.commands import confirm, give_up, upload
from membership.imports.models import Import
from membership.imports.queries import get_import, plan_of, selection
from membership.imports.schemas import ImportOut, ImportQuery, PreviewOut
from shared.database import UnitOfWork
from shared.web import ApiBlueprint, Page, idempotent, page_of, paginate, principal, reading, requires
from shared.web.wording import in_words

blueprint = ApiBlueprint(
    "imports", __name__, url_prefix="/api/v1/imports", description="Many people from one CSV file, all or none."
)
_FILE = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
        "description": "UTF-8 or GB18030, with a header in Chinese or English.",
    },
    "parameters": [{"name": "file_name", "in": "query", "schema": {"type": "string"}}],
}


def preview(session: Session, import_id: UUID) -> dict[str, Any]:
    """The import, and what confirming it now would do, with all errors of all rows."""
    found = get_import(session, import_id, principal())
    plan = plan_of(session, found, actor=principal(), centre=centre(), today=today())
    shown: dict[str, Any] = {name: getattr(found, name) for name in ImportOut().fields}
    shown["errors"] = [
        {
            "row": error.row,
            "column": error.column,
            "code": error.reason.code,
            "text": in_words(error.reason),
        }
        for error in (plan.errors if plan else ())
    ]
    shown["rows"] = [
        {
            "row": row.data.number,
            "name": row.data.person.name,
            "action": row.action,
            "joins": [organisation.code for organisation, _ in row.joins],
        }
        for row in (plan.rows if plan else ())
    ]
    return shown


def _import(session: Session, import_id: UUID) -> Import:
    return get_import(session, import_id, principal())


@blueprint.route("")
class Imports(MethodView):
    @requires("officer")
    @blueprint.arguments(ImportQuery, location="query")
    @blueprint.response(200, page_of(ImportOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Uploaded files and what became of them, the newest first."""
        with reading() as session:
            return paginate(session, selection(principal(), query["state"]), query)

    @requires("officer")
    @blueprint.doc(**_FILE)
    @blueprint.response(201, PreviewOut)
    @idempotent(load=preview)
    def post(self, work: UnitOfWork) -> Import:
        """Upload a file. Nothing is imported yet; the answer is the preview."""
        return upload(work, request.args.get("file_name", ""), request.get_data(cache=True), centre=centre())


@blueprint.route("/<uuid:import_id>")
class OneImport(MethodView):
    @requires("officer")
    @blueprint.response(200, PreviewOut)
    def get(self, import_id: UUID) -> dict[str, Any]:
        """One upload: what confirming it now would do, with every error of every row."""
        with reading() as session:
            return preview(session, import_id)


@blueprint.route("/<uuid:import_id>/confirmation")
class Confirmation(MethodView):
    @requires("officer")
    @blueprint.response(200, ImportOut)
    @idempotent(load=_import, status=200)
    def post(self, work: UnitOfWork, import_id: UUID) -> Import:
        """Import every row, or answer 422 with every error of every row. What was imported stays as it is."""
        return confirm(work, import_id, centre=centre())


@blueprint.route("/<uuid:import_id>/giving-up")
class GivingUp(MethodView):
    @requires("officer")
    @blueprint.response(200, ImportOut)
    @idempotent(load=_import, status=200)
    def post(self, work: UnitOfWork, import_id: UUID) -> Import:
        """Remove the content of a file that is not to be imported."""
        return give_up(work, import_id)
