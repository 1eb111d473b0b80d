"""Pages: addresses that are left alone."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField

from notifications.messages import words
from notifications.messages.masking import masked_address
from notifications.messages.rules import CHANNELS
from notifications.suppressions.commands import lift, suppress_by_staff
from notifications.suppressions.models import Suppression
from shared.refusal import Refused
from shared.web import (
    Column,
    Orders,
    choices,
    exported,
    fill_errors,
    paginate,
    principal,
    reading,
    requires,
    unit_of_work,
)

blueprint = Blueprint("suppressions_pages", __name__, url_prefix="/suppressions", template_folder="templates")
ORDERS = Orders(since=Suppression.since)


class SuppressionForm(FlaskForm):
    channel = SelectField(_l("Channel"))
    address = StringField(_l("Address"), description=_l("An e-mail address, or a telephone number with +86."))
    note = StringField(_l("Why"))


@blueprint.app_template_global()
def shown_suppressed(suppression: Suppression) -> str:
    """Masked, but for officers of all bodies."""
    return suppression.address if principal().allows("officer", "*") else masked_address(suppression.address)


@blueprint.get("/")
@requires("viewer")
def list_suppressions() -> ResponseReturnValue:
    chosen = select(Suppression)
    if request.args.get("lifted") != "yes":
        chosen = chosen.where(Suppression.lifted_at.is_(None))
    if request.args.get("channel") in CHANNELS:
        chosen = chosen.where(Suppression.channel == request.args["channel"])
    if answer := exported("left-alone", chosen, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        return render_template(
            "suppressions/list.html",
            page=paginate(session, chosen, orders=ORDERS),
            channels=[(channel, gettext(words.CHANNELS[channel])) for channel in CHANNELS],
        )


def _columns(_session: Session, _rows: Sequence[Suppression]) -> list[Column]:
    return [
        Column(gettext("Address"), shown_suppressed),
        Column(gettext("Channel"), lambda one: gettext(words.CHANNELS[one.channel])),
        Column(gettext("Why"), lambda one: gettext(words.SUPPRESSED.get(one.reason, one.reason))),
        Column(gettext("Since"), lambda one: one.since),
    ]


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_suppression() -> ResponseReturnValue:
    form = SuppressionForm()
    form.channel.choices = choices([(channel, gettext(words.CHANNELS[channel])) for channel in CHANNELS])
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                suppress_by_staff(
                    work, channel=form.channel.data, address=form.address.data or "", note=form.note.data or ""
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("This address is left alone from now on."), "success")
            return redirect(url_for(".list_suppressions"), 303)
    return render_template("suppressions/new.html", form=form), 422 if form.errors else 200


@blueprint.post("/<uuid:suppression_id>/lift")
@requires("officer")
def lift_suppression(suppression_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        lift(work, suppression_id)
    flash(gettext("This address is written to again."), "success")
    return redirect(url_for(".list_suppressions"), 303)
