"""``/api/v1/campaigns``"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

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
    unit_of_work,
)
from welfare import wall
from welfare.campaigns import commands, queries
from welfare.campaigns.models import Campaign
from welfare.campaigns.queries import Shown
from welfare.campaigns.schemas import CampaignChange, CampaignIn, CampaignOut, CampaignQuery
from welfare.current import today

blueprint = ApiBlueprint(
    "campaigns", __name__, url_prefix="/api/v1/campaigns", description="What a body does for families in a season."
)


def load(session: Session, campaign_id: UUID) -> Shown:
    return queries.show(session, principal(), queries.find_campaign(session, campaign_id, principal()))


@blueprint.route("")
class Campaigns(MethodView):
    @requires("viewer")
    @blueprint.arguments(CampaignQuery, location="query")
    @blueprint.response(200, page_of(CampaignOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Campaigns of the bodies that you may see"""
        with reading() as session:
            found = queries.list_campaigns(principal(), body=query["body"], state=query["state"], words=query["q"])
            page = paginate(session, found, query)
            return replace(page, items=queries.show_all(session, principal(), page.items))

    @requires("officer")
    @blueprint.arguments(CampaignIn)
    @blueprint.response(201, CampaignOut)
    @idempotent(load=load)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Campaign:
        """Plan a campaign"""
        return commands.plan_campaign(work, today=today(), **data)


@blueprint.route("/<uuid:campaign_id>")
class OneCampaign(MethodView):
    @requires("viewer")
    @blueprint.response(200, CampaignOut)
    def get(self, campaign_id: UUID) -> Shown:
        """One campaign with what it came to"""
        with reading() as session:
            shown = load(session, campaign_id)
            set_etag(shown.campaign)
            return shown

    @requires("officer")
    @blueprint.arguments(CampaignChange)
    @blueprint.response(200, CampaignOut)
    def patch(self, data: dict[str, Any], campaign_id: UUID) -> Shown:
        """Change it; needs If-Match"""
        with unit_of_work() as work:
            check_if_match(wall.lock(work, Campaign, campaign_id))
            commands.change_campaign(work, campaign_id, today=today(), **data)
            shown = load(work.session, campaign_id)
            set_etag(shown.campaign)
            return shown


@blueprint.route("/<uuid:campaign_id>/open")
class Opening(MethodView):
    @requires("manager")
    @blueprint.response(200, CampaignOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, campaign_id: UUID) -> Campaign:
        """From now on applications of its body can name it"""
        return commands.open_campaign(work, campaign_id, today=today())


@blueprint.route("/<uuid:campaign_id>/close")
class Closing(MethodView):
    @requires("manager")
    @blueprint.response(200, CampaignOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, campaign_id: UUID) -> Campaign:
        """For good, once none of its applications waits"""
        return commands.close_campaign(work, campaign_id, today=today())
