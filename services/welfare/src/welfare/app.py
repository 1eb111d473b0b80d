"""The web application of the welfare service."""

from flask import Flask

from shared import web
from shared.runtime import Runtime
from shared.texts import N_
from shared.web import Item
from welfare import words
from welfare.belonging import BELONGING
from welfare.campaigns import api as campaigns_api
from welfare.campaigns import pages as campaigns
from welfare.choosing import pages as choosing
from welfare.confidential.texts import check_keys
from welfare.dashboard import pages as dashboard
from welfare.disputes import api as disputes_api
from welfare.disputes import pages as disputes
from welfare.funds import api as funds_api
from welfare.funds import pages as funds
from welfare.relief import api as relief_api
from welfare.relief import pages as relief
from welfare.relief import steps
from welfare.report import api as report_api
from welfare.report import pages as report
from welfare.service import SERVICE
from welfare.talks import api as talks_api
from welfare.talks import pages as talks


def create_app(runtime: Runtime | None = None) -> Flask:
    """Raises MissingKey when a stored text could not be opened with the data keys of this process."""
    runtime = runtime or Runtime.from_environment(SERVICE)
    check_keys(runtime.database, runtime.settings.data_keys)
    app = web.create_app(
        runtime,
        pages=[
            dashboard.blueprint,
            talks.blueprint,
            disputes.blueprint,
            relief.blueprint,
            steps.blueprint,
            campaigns.blueprint,
            funds.blueprint,
            report.blueprint,
            choosing.blueprint,
        ],
        apis=[
            talks_api.blueprint,
            disputes_api.blueprint,
            relief_api.blueprint,
            relief_api.disbursements,
            campaigns_api.blueprint,
            funds_api.blueprint,
            report_api.blueprint,
        ],
        navigation=[
            Item(N_("Today"), "dashboard.show"),
            Item(N_("Talks"), "talks_pages.list_talks"),
            Item(N_("Disputes"), "disputes_pages.list_disputes"),
            Item(N_("Relief"), "relief_pages.list_applications", blueprints=("relief_steps",)),
            Item(N_("Campaigns"), "campaigns_pages.list_campaigns"),
            Item(N_("Funds"), "funds_pages.list_funds"),
            Item(N_("Report"), "report_pages.show_report"),
        ],
        package=__name__,
        belonging=BELONGING,
    )
    words.register(app)
    return app
