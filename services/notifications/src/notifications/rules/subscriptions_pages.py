"""Page: which kinds of event a member of staff wants to hear of."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.contacts.models import Contact
from notifications.rules.commands import all_rules, subscribe
from notifications.rules.models import StaffSubscription
from shared.web import principal, reading, requires, unit_of_work

blueprint = Blueprint("subscriptions_pages", __name__, url_prefix="/my-notices", template_folder="templates")


def offered_to_staff(session: Session) -> list[str]:
    """The kinds of event for which a rule tells the staff who subscribed."""
    return sorted({rule.event_type for rule in all_rules(session) if rule.audience == "staff" and rule.in_use})


@blueprint.route("/", methods=["GET", "POST"])
@requires("viewer")
def my_notices() -> ResponseReturnValue:
    form = FlaskForm()
    who = principal()
    with reading() as session:
        offered = offered_to_staff(session)
        chosen = set(
            session.scalars(select(StaffSubscription.event_type).where(StaffSubscription.account_id == who.id))
        )
        contact = session.get(Contact, who.person_id) if who.person_id is not None else None
    if form.validate_on_submit():
        with unit_of_work() as work:
            subscribe(work, request.form.getlist("event"), offered)
        flash(gettext("Your choice is saved."), "success")
        return redirect(url_for(".my_notices"), 303)
    return render_template("rules/my_notices.html", form=form, offered=offered, chosen=chosen, contact=contact)
