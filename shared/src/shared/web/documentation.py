"""``/api/docs``: the OpenAPI document as a page of our own, which works offline and under the strict policy."""

from flask import Flask, render_template
from flask.typing import ResponseReturnValue

from shared.web.api import Api, specification
from shared.web.guards import requires


def register(app: Flask, api: Api) -> None:
    @app.get("/api/docs", endpoint="api_docs")
    @requires("viewer")
    def show() -> ResponseReturnValue:
        return render_template("kit/api_docs.html", spec=specification(api))
