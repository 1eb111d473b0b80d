"""``/healthz`` (the process lives) and ``/readyz`` (its database is there and not older than the code)."""

import logging
from typing import Any

from flask import Blueprint, Flask, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from shared.database.migrate import schema_is_older
from shared.deliveries.forbidden import forbidden_now
from shared.web.context import runtime
from shared.web.guards import public

LATE_SECONDS = 300
log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    @public
    def healthz() -> ResponseReturnValue:
        return jsonify(status="alive", service=runtime().service.name)

    @blueprint.get("/readyz")
    @public
    def readyz() -> ResponseReturnValue:
        report, ready = readiness()
        return jsonify(report), 200 if ready else 503

    app.register_blueprint(blueprint)


def readiness() -> tuple[dict[str, Any], bool]:
    """Whether requests can be served, and delivery ages as warnings: the web goes on when the broker is away."""
    held = runtime()
    report: dict[str, Any] = {"service": held.service.name, "status": "ready", "database": "there"}
    try:
        if schema_is_older(held.service, held.database):
            report.update(status="not ready", schema="older than the code")
            return report, False
        report["schema"] = "current"
        report["deliveries"] = held.delivery_ages()
        with held.reading() as session:
            forbidden = [str(each) for each in forbidden_now(session)]
    except SQLAlchemyError as error:
        log.warning("readiness: the database does not answer", exc_info=error)
        report.update(status="not ready", database="away")
        return report, False
    report["warnings"] = forbidden + [
        f"{name} is {value}"
        for name, value in report["deliveries"].items()
        if name != "broker_forbids" and value > (LATE_SECONDS if name.endswith("_seconds") else 0)
    ]
    return report, True
