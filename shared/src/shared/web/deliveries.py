"""The "Event deliveries" page, the same in every service: what waits, what needs a person, what was refused."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from shared.inbox import decisions
from shared.refusal import Refused
from shared.texts import N_
from shared.web.context import reading, runtime, unit_of_work
from shared.web.forms import fill_errors
from shared.web.guards import requires

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")

KINDS = {
    "attention": N_("Needs attention"),
    "retrying": N_("Being retried"),
    "unrouted": N_("Unrouted"),
    "refused": N_("Refused"),
    "waiting": N_("Waiting to be processed"),
    "unpublished": N_("Waiting to be published"),
}
STATES = {
    "waiting": N_("Waiting"),
    "done": N_("Done"),
    "passed": N_("Not needed here"),
    "late": N_("Overtaken"),
    "attention": N_("Needs attention"),
    "skipped": N_("Skipped"),
}
ACTIONS = {"event-retried": N_("Retried"), "event-skipped": N_("Skipped")}
QUERIES = {
    "attention": decisions.needing_attention,
    "retrying": decisions.being_retried,
    "unrouted": decisions.unrouted,
    "refused": decisions.refused,
    "waiting": decisions.waiting,
    "unpublished": decisions.unpublished,
}


class SkipForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(
        _l("Reason"),
        [InputRequired(), Length(max=500)],
        description=_l("It is kept with your name."),
        render_kw={"rows": 3},
    )


@blueprint.get("/")
@requires("manager")
def list_deliveries() -> ResponseReturnValue:
    with reading() as session:
        counts = decisions.counts(session)
        kind = request.args.get("kind") or next((kind for kind in KINDS if counts[kind]), "attention")
        kind = kind if kind in KINDS else "attention"
        return render_template(
            "kit/deliveries/list.html",
            kinds=KINDS,
            counts=counts,
            kind=kind,
            rows=QUERIES[kind](session),
            ages=runtime().delivery_ages(),
        )


@blueprint.get("/<int:row_id>")
@requires("manager")
def show_event(row_id: int) -> ResponseReturnValue:
    with reading() as session:
        held = decisions.get_event(session, row_id)
        return render_template(
            "kit/deliveries/event.html",
            held=held,
            row=held.row,
            states=STATES,
            actions=ACTIONS,
            decided=decisions.decisions_about(session, held.row),
        )


@blueprint.post("/<int:row_id>/retry")
@requires("manager")
def retry(row_id: int) -> ResponseReturnValue:
    try:
        with unit_of_work() as work:
            decisions.retry_event(work, row_id)
    except Refused as refused:
        flash(gettext(refused.reasons[0].text), "warning")
    else:
        flash(gettext("It is tried again now."), "success")
    return redirect(url_for(".show_event", row_id=row_id), 303)


@blueprint.route("/<int:row_id>/skip", methods=["GET", "POST"])
@requires("manager")
def skip(row_id: int) -> ResponseReturnValue:
    """Ask once, with a reason: a skipped event has no effect here, ever."""
    form = SkipForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                decisions.skip_event(work, row_id, form.reason.data)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The event was skipped; what waited behind it goes on."), "success")
            return redirect(url_for(".list_deliveries"), 303)
    with reading() as session:
        held = decisions.get_event(session, row_id)
        page = render_template("kit/deliveries/skip.html", held=held, row=held.row, form=form)
    return page, 422 if form.errors else 200


@blueprint.post("/unrouted/resend")
@requires("manager")
def resend() -> ResponseReturnValue:
    with unit_of_work() as work:
        number = decisions.resend_events(work, _chosen())
    flash(ngettext("%(num)s event is published again.", "%(num)s events are published again.", number), "success")
    return redirect(url_for(".list_deliveries", kind="unrouted"), 303)


@blueprint.post("/refused/noted")
@requires("manager")
def note() -> ResponseReturnValue:
    with unit_of_work() as work:
        number = decisions.note_refused(work, _chosen())
    flash(ngettext("%(num)s message is noted.", "%(num)s messages are noted.", number), "success")
    return redirect(url_for(".list_deliveries", kind="refused"), 303)


def _chosen() -> list[int]:
    return [int(value) for value in request.form.getlist("id") if value.isascii() and value.isdigit()]
