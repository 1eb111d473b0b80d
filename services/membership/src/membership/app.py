"""The web application of membership."""

from flask import Flask

from membership.add_requests import api as add_requests_api
from membership.add_requests import pages as add_requests_pages
from membership.appraisals import api as appraisals_api
from membership.appraisals import pages as appraisals_pages
from membership.archive import api as archive_api
from membership.archive import pages as archive_pages
from membership.belonging import BELONGING
from membership.branches import pages as branches_pages
from membership.consents import api as consents_api
from membership.consents import pages as consents_pages
from membership.dashboard import pages as dashboard_pages
from membership.development import api as development_api
from membership.development import pages as development_pages
from membership.development import steps as development_steps
from membership.dues import api as dues_api
from membership.dues import import_pages as dues_import
from membership.dues import pages as dues_pages
from membership.dues import payment_pages as dues_payments
from membership.duplicates import api as duplicates_api
from membership.duplicates import pages as duplicates_pages
from membership.elections import api as elections_api
from membership.elections import pages as elections_pages
from membership.erasures import api as erasures_api
from membership.erasures import pages as erasures_pages
from membership.floating import api as floating_api
from membership.floating import pages as floating_pages
from membership.guidance import api as guidance_api
from membership.guidance import pages as guidance_pages
from membership.households import api as households_api
from membership.households import pages as households_pages
from membership.imports import api as imports_api
from membership.imports import pages as imports_pages
from membership.joint_branches import pages as joint_branches_pages
from membership.meetings import api as meetings_api
from membership.memberships import api as memberships_api
from membership.memberships import pages as memberships_pages
from membership.organisations import api as organisations_api
from membership.organisations import pages as organisations_pages
from membership.organisations.kinds import kinds
from membership.people import api as people_api
from membership.people import pages as people_pages
from membership.provider import pages as provider_pages
from membership.provider.server import make_server
from membership.retention import pages as retention_pages
from membership.service import SERVICE
from membership.transfers import api as transfers_api
from membership.transfers import pages as transfers_pages
from membership.workdays import api as workdays_api
from membership.workdays import pages as workdays_pages
from shared import web
from shared.runtime import Runtime
from shared.texts import N_
from shared.web import Item


def create_app(runtime: Runtime | None = None) -> Flask:
    """Pages and API of membership."""
    app = web.create_app(
        runtime or Runtime.from_environment(SERVICE),
        pages=[
            dashboard_pages.blueprint,
            dashboard_pages.charts,
            people_pages.blueprint,
            organisations_pages.blueprint,
            households_pages.blueprint,
            consents_pages.blueprint,
            duplicates_pages.blueprint,
            retention_pages.blueprint,
            erasures_pages.blueprint,
            add_requests_pages.blueprint,
            memberships_pages.blueprint,
            imports_pages.blueprint,
            provider_pages.blueprint,
            workdays_pages.blueprint,
            development_pages.blueprint,
            development_steps.blueprint,
            dues_pages.blueprint,
            dues_payments.blueprint,
            dues_import.blueprint,
            transfers_pages.blueprint,
            transfers_pages.letters,
            floating_pages.blueprint,
            branches_pages.blueprint,
            joint_branches_pages.blueprint,
            appraisals_pages.blueprint,
            elections_pages.blueprint,
            guidance_pages.blueprint,
            archive_pages.blueprint,
        ],
        apis=[
            people_api.blueprint,
            consents_api.blueprint,
            duplicates_api.duplicates_blueprint,
            duplicates_api.merges_blueprint,
            erasures_api.blueprint,
            add_requests_api.blueprint,
            organisations_api.blueprint,
            memberships_api.blueprint,
            households_api.blueprint,
            imports_api.blueprint,
            workdays_api.blueprint,
            development_api.blueprint,
            dues_api.blueprint,
            floating_api.blueprint,
            transfers_api.blueprint,
            appraisals_api.blueprint,
            elections_api.blueprint,
            elections_api.elections,
            meetings_api.blueprint,
            guidance_api.blueprint,
            archive_api.blueprint,
        ],
        navigation=[
            Item(N_("Today"), "dashboard.show"),
            Item(
                N_("People"),
                "people_pages.list_people",
                blueprints=(
                    "consents_pages",
                    "duplicates_pages",
                    "erasures_pages",
                    "add_requests_pages",
                    "retention_pages",
                ),
            ),
            Item(N_("Organisations"), "organisations_pages.list_organisations"),
            Item(
                N_("Branches"),
                "branches.list_branches",
                blueprints=("joint_branches", "appraisals_pages", "elections_pages", "guidance", "archive"),
                body="party",
            ),
            Item(
                N_("Development"), "development.list_files", blueprints=("development_steps", "workdays"), body="party"
            ),
            Item(N_("Dues"), "dues_pages.show_month", blueprints=("dues_import", "dues_payments"), body="party"),
            Item(N_("Transfers"), "transfers_pages.list_transfers", blueprints=("floating",), body="party"),
            Item(N_("Memberships"), "memberships_pages.list_memberships"),
            Item(N_("Households"), "households_pages.list_households"),
            Item(N_("Imports"), "imports_pages.list_imports", "officer"),
        ],
        package=__name__,
        belonging=BELONGING,
    )
    app.jinja_env.globals.update(kinds=kinds())
    app.extensions[provider_pages.EXTENSION] = make_server(app)
    app.before_request(provider_pages.let_sign_in_lead_on)
    return app
