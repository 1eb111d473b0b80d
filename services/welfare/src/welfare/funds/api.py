"""``/api/v1/funds``"""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from shared.database import UnitOfWork
from shared.web import ApiBlueprint, Page, PageQuery, idempotent, page_of, paginate, principal, reading, requires
from welfare.current import today
from welfare.funds import commands, queries
from welfare.funds.models import Fund
from welfare.funds.schemas import BudgetIn, EntryOut, FundIn, FundOut

blueprint = ApiBlueprint("funds", __name__, url_prefix="/api/v1/funds", description="Funds and their ledger.")


def load(session: Session, fund_id: UUID) -> Fund:
    return queries.find_fund(session, fund_id, principal())


@blueprint.route("")
class Funds(MethodView):
    @requires("viewer")
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_of(FundOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Funds of your bodies and of the whole centre"""
        with reading() as session:
            return paginate(session, queries.list_funds(principal()), query)

    @requires("admin")
    @blueprint.arguments(FundIn)
    @blueprint.response(201, FundOut)
    @idempotent(load=load)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Fund:
        """Set up a fund"""
        return commands.create_fund(work, day=today(), **data)


@blueprint.route("/<uuid:fund_id>")
class OneFund(MethodView):
    @requires("viewer")
    @blueprint.response(200, FundOut)
    def get(self, fund_id: UUID) -> Fund:
        """One fund"""
        with reading() as session:
            return load(session, fund_id)


@blueprint.route("/<uuid:fund_id>/budget")
class Budget(MethodView):
    @requires("admin")
    @blueprint.arguments(BudgetIn)
    @blueprint.response(200, FundOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], fund_id: UUID) -> Fund:
        """Add money"""
        return commands.add_budget(work, fund_id, day=today(), **data)


@blueprint.route("/<uuid:fund_id>/entries")
class Entries(MethodView):
    @requires("viewer")
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_of(EntryOut))
    def get(self, query: dict[str, Any], fund_id: UUID) -> Page:
        """Its ledger, as far as it belongs to bodies that you may see"""
        with reading() as session:
            load(session, fund_id)
            return paginate(session, queries.ledger(principal(), fund_id), query)
