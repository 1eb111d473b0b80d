"""Page: which events are told in which words, and what is missing."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from notifications.rules.coverage import CHANNELS, coverage
from notifications.sending.settings import SendingSettings
from notifications.wording.previews import demands_of
from notifications.wording.values import LANGUAGES
from shared.principal import ALL_BODIES
from shared.web import principal, reading, requires, runtime

blueprint = Blueprint("coverage_pages", __name__, template_folder="templates")


@blueprint.get("/coverage")
@requires("viewer")
def show_coverage() -> ResponseReturnValue:
    with reading() as session:
        lines = coverage(session, runtime().service, demands_of(SendingSettings.of(runtime().settings)))
        gaps = sum(not line.complete for line in lines)
        return render_template(
            "rules/coverage.html",
            lines=[line for line in lines if not line.complete] if request.args.get("only") == "gaps" else lines,
            gaps=gaps,
            columns=[(channel, language) for channel in CHANNELS for language in LANGUAGES],
            may_edit=principal().allows("manager", ALL_BODIES),
        )
