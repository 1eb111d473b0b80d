"""The staff page that imports payments: what is wrong comes back cell by cell, on the page and as a workbook."""

import base64
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from membership.current import centre, today
from membership.dues.importing import PaymentPlan, import_payments, plan_payments
from membership.imports.annotating import annotated_workbook
from shared.refusal import Refused
from shared.texts import N_
from shared.web import fill_errors, principal, reading, requires, unit_of_work
from shared.web.wording import in_words

blueprint = Blueprint("dues_import", __name__, url_prefix="/dues", template_folder="templates")
COLUMN_NAMES: Mapping[str | None, str] = {
    "name": N_("Name"),
    "id_number": N_("ID number"),
    "phone": N_("Phone"),
    "amount": N_("Amount"),
    "paid_on": N_("Paid on"),
    "reference": N_("Reference"),
    None: N_("Whole row"),
}


class UploadForm(FlaskForm):  # type: ignore[misc]
    file = FileField(_l("Excel or CSV file"), [FileRequired()], description=_l("At most 5,000 rows."))


@blueprint.route("/import", methods=["GET", "POST"])
@requires("officer")
def upload() -> ResponseReturnValue:
    principal().demand("officer", "party")
    form = UploadForm()
    plan: PaymentPlan | None = None
    workbook = ""
    if form.validate_on_submit():
        content = form.file.data.read()
        try:
            with reading() as session:
                plan = plan_payments(session, content, centre=centre(), today=today())
            if not plan.errors:
                with unit_of_work() as work:
                    count, known = import_payments(work, content, centre=centre())
                flash(
                    gettext("%(count)s payments are entered; %(known)s were known.", count=count, known=known),
                    "success",
                )
                return redirect(url_for("dues_pages.show_month"), 303)
            workbook = base64.b64encode(annotated_workbook(plan.file, plan.errors)).decode()
        except Refused as refused:
            fill_errors(form, refused)
    page = render_template(
        "dues/import.html", form=form, plan=plan, in_words=in_words, names=COLUMN_NAMES, workbook=workbook
    )
    return page, 422 if form.errors or plan else 200
