"""One refused message: why it was not taken in, and what came with it."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from shared.database.tables import RefusedMessage
from shared.deliveries import decisions
from shared.deliveries.story import Moment, decisions_about
from shared.refusal import NotFound
from shared.texts import N_
from shared.web.context import reading, unit_of_work
from shared.web.deliveries.blueprint import blueprint, tell_number
from shared.web.guards import requires


@blueprint.get("/refused/<int:row_id>")
@requires("manager")
def show_refusal(row_id: int) -> ResponseReturnValue:
    with reading() as session:
        row = session.get(RefusedMessage, row_id)
        if row is None:
            raise NotFound("message")
        arrived = Moment(row.received_at, N_("Arrived and not taken in"), tone="bad")
        moments = [arrived, *decisions_about(session, decisions.refusal_subject(row_id))]
        return render_template("kit/deliveries/refusal.html", row=row, what_happened=moments)


@blueprint.post("/refused/<int:row_id>/noted")
@requires("manager")
def note_refusal(row_id: int) -> ResponseReturnValue:
    with unit_of_work() as work:
        number = decisions.note_refused(work, [row_id])
    tell_number(number, "%(num)s message is noted.", "%(num)s messages are noted.")
    return redirect(url_for(".list_deliveries", kind="refused"), 303)
