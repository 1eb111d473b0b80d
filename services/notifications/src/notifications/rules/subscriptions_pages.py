"""Page: which kinds of event a member of staff wants to hear of."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField

from notifications.contacts.models import Contact
from notifications.rules.commands import all_rules, subscribe
from notifications.rules.models import StaffSubscription
from notifications.rules.staff_people import accounts_and_people, tie_account
from shared.principal import ALL_BODIES
from shared.refusal import Refused
from shared.web import choices, fill_errors, principal, reading, requires, unit_of_work


class TieForm(FlaskForm):  # type: ignore[misc]
    account = SelectField(_l("Account"), validate_choice=False)
    address = StringField(
        _l("Telephone number or e-mail address"),
        description=_l("As membership knows it of that person. Empty: the account is tied to nobody."),
    )


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


@blueprint.route("/people", methods=["GET", "POST"])
@requires("admin")
def staff_people() -> ResponseReturnValue:
    """Who is behind which account."""
    principal().demand("admin", ALL_BODIES)
    form = TieForm()
    with reading() as session:
        known = accounts_and_people(session)
    form.account.choices = choices((str(account.id), account.name) for account, _ in known)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                account = tie_account(work, UUID(form.account.data), form.address.data or "")
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("Saved for %(name)s.", name=account.name), "success")
            return redirect(url_for(".staff_people"), 303)
    return render_template("rules/staff_people.html", form=form, known=known), 422 if form.errors else 200
