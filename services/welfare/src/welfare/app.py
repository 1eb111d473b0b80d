"""The web application of the welfare service."""

from flask import Flask

from shared import web
from shared.runtime import Runtime
from welfare.confidential.texts import check_keys
from welfare.disputes import api as disputes
from welfare.funds import api as funds
from welfare.relief import api as relief
from welfare.report import api as report
from welfare.service import SERVICE
from welfare.talks import api as talks


def create_app(runtime: Runtime | None = None) -> Flask:
    """Raises MissingKey when a stored text could not be opened with the data keys of this process."""
    runtime = runtime or Runtime.from_environment(SERVICE)
    check_keys(runtime.database, runtime.settings.data_keys)
    return web.create_app(
        runtime,
        pages=[],
        apis=[
            talks.blueprint,
            disputes.blueprint,
            relief.blueprint,
            relief.disbursements,
            funds.blueprint,
            report.blueprint,
        ],
        navigation=[],
        package=__name__,
    )
