"""Pages: handing in, approving, giving back, stopping and discarding a broadcast, each asked once."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from notifications.broadcasts import commands
from notifications.broadcasts.estimate import Estimate, estimate
from notifications.broadcasts.forms import ReasonForm
from notifications.broadcasts.limits import limit_of
from notifications.broadcasts.models import Broadcast
from notifications.broadcasts.queries import get_broadcast, progress
from notifications.broadcasts.stopping import stop
from notifications.broadcasts.trying import send_to_oneself
from notifications.providers.rules import yuan
from shared.database import UnitOfWork
from shared.refusal import Refused
from shared.web import fill_errors, principal, reading, requires, runtime, unit_of_work
from shared.web.filters import yuan as in_yuan

blueprint = Blueprint("broadcast_decisions", __name__, url_prefix="/broadcasts", template_folder="templates")


@blueprint.route("/<uuid:broadcast_id>/hand-in", methods=["GET", "POST"])
@requires("officer")
def hand_in(broadcast_id: UUID) -> ResponseReturnValue:
    """What it comes to is said once more; the number that was shown is what is decided about."""
    if request.method == "POST":
        with unit_of_work() as work:
            decided = commands.hand_in(work, broadcast_id, runtime(), people=_shown())
        text = gettext("Somebody else has to approve it now.") if decided.state == "waiting" else _on_its_way()
        flash(text, "success")
        return _back(broadcast_id)
    broadcast, found = _looked_at(broadcast_id)
    if limit_of(runtime().settings).exceeded(found.reached, found.cost):
        last = gettext("It is above the limit: somebody else has to approve it first.")
    else:
        last = gettext("The list is frozen and sending begins at once.")
    return _ask(broadcast, found, [*_consequences(found), last], gettext("Hand it in"))


@blueprint.route("/<uuid:broadcast_id>/approve", methods=["GET", "POST"])
@requires("officer")
def approve(broadcast_id: UUID) -> ResponseReturnValue:
    if request.method == "POST":
        version = request.form.get("version", type=int)
        with unit_of_work() as work:
            commands.approve(work, broadcast_id, runtime(), people=_shown(), version=version)
        flash(_on_its_way(), "success")
        return _back(broadcast_id)
    broadcast, found = _looked_at(broadcast_id)
    last = gettext("The list is frozen and sending begins at once.")
    return _ask(broadcast, found, [*_consequences(found), last], gettext("Approve and send"))


@blueprint.route("/<uuid:broadcast_id>/give-back", methods=["GET", "POST"])
@requires("officer")
def give_back(broadcast_id: UUID) -> ResponseReturnValue:
    text = gettext("It is a draft again, and nothing is sent.")
    return _with_reason(broadcast_id, commands.give_back, [text], gettext("Give it back"), text)


@blueprint.route("/<uuid:broadcast_id>/stop", methods=["GET", "POST"])
@requires("officer")
def stop_broadcast(broadcast_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        broadcast = get_broadcast(session, broadcast_id, principal())
        known = progress(session, broadcast)
    waiting = known.to_be_made + known.states.get("pending", 0)
    consequences = [
        ngettext("%(num)d message that waits is not sent.", "%(num)d messages that wait are not sent.", waiting),
        gettext("What was handed over already cannot be called back."),
    ]
    return _with_reason(broadcast_id, stop, consequences, gettext("Stop it"), gettext("It is stopped."), danger=True)


@blueprint.post("/<uuid:broadcast_id>/discard")
@requires("officer")
def discard(broadcast_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        commands.discard(work, broadcast_id)
    flash(gettext("The draft is discarded."), "success")
    return redirect(url_for("broadcasts_pages.list_broadcasts"), 303)


@blueprint.post("/<uuid:broadcast_id>/test")
@requires("officer")
def try_on_oneself(broadcast_id: UUID) -> ResponseReturnValue:
    try:
        with unit_of_work() as work:
            send_to_oneself(work, broadcast_id)
    except Refused as refused:
        if refused.code != "no-own-contact":
            raise
        flash(gettext(refused.reasons[0].text), "warning")
    else:
        flash(gettext("It is on its way to you."), "success")
    return _back(broadcast_id)


def _looked_at(broadcast_id: UUID) -> tuple[Broadcast, Estimate]:
    with reading() as session:
        broadcast = get_broadcast(session, broadcast_id, principal())
        principal().demand("officer", broadcast.body)
        return broadcast, estimate(session, broadcast, runtime())


def _shown() -> int | None:
    return request.form.get("people", type=int)


def _on_its_way() -> str:
    return gettext("It is on its way.")


def _back(broadcast_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("broadcasts_pages.show_broadcast", broadcast_id=broadcast_id), 303)


def _consequences(found: Estimate) -> list[str]:
    lines = [ngettext("%(num)d person is written to.", "%(num)d people are written to.", found.reached)]
    if found.messages["sms"]:
        lines.append(
            gettext(
                "%(sms)s SMS in %(segments)s parts cost about %(cost)s.",
                sms=found.messages["sms"],
                segments=found.segments,
                cost=in_yuan(yuan(found.cost)),
            )
        )
    if found.messages["email"]:
        lines.append(ngettext("%(num)d e-mail is sent.", "%(num)d e-mails are sent.", found.messages["email"]))
    return lines


def _ask(broadcast: Broadcast, found: Estimate, consequences: list[str], submit: str) -> ResponseReturnValue:
    return render_template(
        "broadcasts/decide.html", broadcast=broadcast, found=found, consequences=consequences, submit=submit
    )


def _with_reason(
    broadcast_id: UUID,
    command: Callable[[UnitOfWork, UUID, str], Broadcast],
    consequences: list[str],
    submit: str,
    done: str,
    *,
    danger: bool = False,
) -> ResponseReturnValue:
    form = ReasonForm()
    with reading() as session:
        broadcast = get_broadcast(session, broadcast_id, principal())
    principal().demand("officer", broadcast.body)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                command(work, broadcast_id, form.reason.data or "")
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(done, "success")
            return _back(broadcast_id)
    page = render_template(
        "broadcasts/reason.html",
        broadcast=broadcast, form=form, consequences=consequences, submit=submit, danger=danger,
    )  # fmt: skip
    return page, 422 if form.errors else 200
