"""Pages: which rules collect before they write."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from notifications.digests.commands import LONGEST, set_digest
from notifications.digests.queries import digest_settings, open_windows
from notifications.rules.commands import all_rules
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Refused
from shared.web import fill_errors, principal, reading, requires, unit_of_work

blueprint = Blueprint("digests_pages", __name__, url_prefix="/digests", template_folder="templates")


class DigestForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    minutes = IntegerField(
        _l("Minutes that it collects"), [InputRequired(), NumberRange(0, LONGEST)],
        description=_l("0 writes at once. A single event still becomes the usual message, only later."),
    )  # fmt: skip


@blueprint.get("/")
@requires("viewer")
def list_digests() -> ResponseReturnValue:
    with reading() as session:
        settings = digest_settings(session)
        collecting = {key for key, row in settings.items() if row.minutes}
        return render_template(
            "digests/list.html",
            rules=sorted(all_rules(session), key=lambda rule: rule.key not in collecting),
            settings=settings,
            windows=open_windows(session),
            may_edit=principal().allows("manager", ALL_BODIES),
        )


@blueprint.route("/<string:rule_key>", methods=["GET", "POST"])
@requires("manager")
def edit_digest(rule_key: str) -> ResponseReturnValue:
    with reading() as session:
        rule = next((one for one in all_rules(session) if one.key == rule_key), None)
        row = digest_settings(session).get(rule_key)
    if rule is None:
        raise NotFound("rule")
    form = DigestForm(data={"version": str(row.version if row else 0), "minutes": row.minutes if row else 0})
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                set_digest(work, rule_key, version=int(form.version.data or 0), minutes=form.minutes.data)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for(".list_digests"), 303)
    return render_template("digests/edit.html", form=form, rule=rule), 422 if form.errors else 200
