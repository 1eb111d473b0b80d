"""API tokens on the "Staff" page: made, shown once, revoked."""

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from shared.refusal import NotFound, Refused
from shared.staff.models import ApiToken
from shared.staff.pages import GrantsForm
from shared.staff.tokens import add_token, revoke_token
from shared.web.context import reading, unit_of_work
from shared.web.forms import choices, fill_errors
from shared.web.guards import requires

blueprint = Blueprint("tokens", __name__, url_prefix="/staff/tokens")


class TokenForm(GrantsForm):
    name = StringField(
        _l("What it is for"), [InputRequired(), Length(max=120)], description=_l("For example: kiosk at the entrance")
    )
    days = SelectField(_l("Valid for"), coerce=int, default=90)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.days.choices = choices((days, gettext("%(days)s days", days=days)) for days in (7, 30, 90, 180, 365))


@blueprint.route("/new", methods=["GET", "POST"])
@requires("admin")
def make() -> ResponseReturnValue:
    """The token is in the answer to this request and nowhere else: it cannot be shown again."""
    form = TokenForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                token = add_token(
                    work, name=form.name.data, grants=form.grants, valid_for=timedelta(days=form.days.data)
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            return render_template("kit/staff/token.html", token=token, name=form.name.data)
    return render_template("kit/staff/new_token.html", form=form), 422 if form.errors else 200


@blueprint.route("/<uuid:token_id>/revoke", methods=["GET", "POST"])
@requires("admin")
def revoke(token_id: UUID) -> ResponseReturnValue:
    if request.method == "GET":
        with reading() as session:
            token = session.get(ApiToken, token_id)
        if token is None:
            raise NotFound("token")
        return render_template("kit/staff/revoke.html", token=token)
    with unit_of_work() as work:
        revoke_token(work, token_id)
    flash(gettext("The token is refused from now on."), "success")
    return redirect(url_for("staff.list_accounts"), 303)
