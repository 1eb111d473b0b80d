"""/api/v1/transfers"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from membership.current import centre
from membership.transfers.commands import accept_transfer, request_transfer, return_transfer
from membership.transfers.models import Transfer
from membership.transfers.queries import get_transfer, selection
from membership.transfers.schemas import AcceptanceIn, ReturnIn, TransferIn, TransferOut, TransferQuery
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
    "transfers", __name__, url_prefix="/api/v1/transfers", description="Members who move to another branch."
)


@blueprint.route("")
class Transfers(MethodView):
    @requires("viewer")
    @blueprint.arguments(TransferQuery, location="query")
    @blueprint.response(200, page_of(TransferOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Transfers, the newest first."""
        principal().demand("viewer", "party")
        with reading() as session:
            return paginate(session, selection(state=query["state"], person_id=query["person_id"]), query)

    @requires("officer")
    @blueprint.arguments(TransferIn)
    @blueprint.response(201, TransferOut)
    @idempotent(load=get_transfer)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Transfer:
        """Ask that a member moves; until it is accepted the member stays in the old branch."""
        return request_transfer(work, data.pop("person_id"), **data, centre=centre())


@blueprint.route("/<uuid:transfer_id>")
class OneTransfer(MethodView):
    @requires("viewer")
    @blueprint.response(200, TransferOut)
    def get(self, transfer_id: UUID) -> Transfer:
        """One transfer."""
        principal().demand("viewer", "party")
        with reading() as session:
            found = get_transfer(session, transfer_id)
            set_etag(found)
            return found


@blueprint.route("/<uuid:transfer_id>/acceptance")
class Acceptance(MethodView):
    @requires("officer")
    @blueprint.arguments(AcceptanceIn)
    @blueprint.response(200, TransferOut)
    @idempotent(load=get_transfer, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], transfer_id: UUID) -> Transfer:
        """The new branch accepts: the old period ends on that day and the new one starts."""
        found = get_transfer(work.session, transfer_id)
        check_if_match(found)
        return accept_transfer(work, transfer_id, **data, version=found.version, centre=centre())


@blueprint.route("/<uuid:transfer_id>/return")
class Return(MethodView):
    @requires("officer")
    @blueprint.arguments(ReturnIn)
    @blueprint.response(200, TransferOut)
    @idempotent(load=get_transfer, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], transfer_id: UUID) -> Transfer:
        """The letter goes back, or is withdrawn: the member stays."""
        found = get_transfer(work.session, transfer_id)
        check_if_match(found)
        return return_transfer(work, transfer_id, **data, version=found.version)
