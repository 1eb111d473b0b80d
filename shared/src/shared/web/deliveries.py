"""The "Event deliveries" page, the same in every service: what waits, what needs a person, what was refused."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from shared.web.context import runtime
from shared.web.guards import requires

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")


@blueprint.get("/")
@requires("manager")
def list_deliveries() -> ResponseReturnValue:
    return render_template("kit/deliveries/list.html", ages=runtime().delivery_ages())
