"""Staff pages about imports: upload, preview with every error in a table, confirm."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from sqlalchemy.orm import Session

from membership.current import centre, today
from membership.history import history
from membership.imports.annotating import annotated_workbook
from membership.imports.commands import confirm, give_up, upload
from membership.imports.models import Import
from membership.imports.queries import NOUN, content_of, get_import, imported_before, plan_of, selection
from membership.imports.reading import read
from membership.imports.wording import column_name
from membership.imports.workbooks import MEDIA_TYPE
from shared.refusal import NotFound, Refused
from shared.texts import N_
from shared.web import Column, Orders, exported, fill_errors, paginate, principal, reading, requires, unit_of_work
from shared.web.wording import in_words

blueprint = Blueprint("imports_pages", __name__, url_prefix="/imports", template_folder="templates")
ORDERS = Orders(file=Import.file_name, uploaded=Import.uploaded_at, rows=Import.row_count)
STATES = {"waiting": N_("Waiting"), "imported": N_("Imported"), "given-up": N_("Given up")}
SHOWN = 300
"""Rows and errors on one page; the API tells all."""


class UploadForm(FlaskForm):  # type: ignore[misc]
    file = FileField(
        _l("Excel or CSV file"),
        [FileRequired()],
        description=_l("Excel, or CSV in UTF-8 or GB18030; at most 5,000 rows."),
    )


@blueprint.get("/")
@requires("officer")
def list_imports() -> ResponseReturnValue:
    files = selection(principal())
    if answer := exported("imports", files, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        return render_template("imports/list.html", page=paginate(session, files, orders=ORDERS))


def _columns(_session: Session, _rows: Any) -> list[Column]:
    return [
        Column(gettext("File"), lambda one: one.file_name),
        Column(gettext("Uploaded"), lambda one: one.uploaded_at),
        Column(gettext("By"), lambda one: one.uploaded_by),
        Column(gettext("Rows"), lambda one: one.row_count),
        Column(gettext("Registered"), lambda one: one.registered_count),
        Column(gettext("State"), lambda one: gettext(STATES[one.state])),
    ]


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_import() -> ResponseReturnValue:
    form = UploadForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                made = upload(work, form.file.data.filename or "", form.file.data.read(), centre=centre())
        except Refused as refused:
            fill_errors(form, refused)
        else:
            return redirect(url_for(".show_import", import_id=made.id), 303)
    return render_template("imports/new.html", form=form), 422 if form.errors else 200


@blueprint.get("/template.csv")
@requires("officer")
def template() -> ResponseReturnValue:
    """An empty table with the header, as Excel opens it."""
    header = "姓名,身份证号,手机,邮箱,语言,出生日期,组织代码\r\n"
    return (
        header.encode("utf-8-sig"),
        200,
        {
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="people-template.csv"',
        },
    )


@blueprint.get("/<uuid:import_id>")
@requires("officer")
def show_import(import_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        found = get_import(session, import_id, principal())
        return render_template(
            "imports/show.html",
            found=found,
            plan=plan_of(session, found, actor=principal(), centre=centre(), today=today()),
            before=imported_before(session, found, principal()),
            entries=history(session, "import", import_id),
            in_words=in_words,
            column_name=column_name,
            most=SHOWN,
        )


@blueprint.get("/<uuid:import_id>/errors.xlsx")
@requires("officer")
def annotated(import_id: UUID) -> ResponseReturnValue:
    """The table as it was uploaded, each wrong cell marked with what is wrong in the reader's language."""
    with reading() as session:
        found = get_import(session, import_id, principal())
        plan = plan_of(session, found, actor=principal(), centre=centre(), today=today())
        if plan is None:
            raise NotFound(NOUN)
        content = annotated_workbook(read(content_of(found, centre())), plan.errors)
    headers = {"Content-Disposition": 'attachment; filename="people-with-errors.xlsx"'}
    return Response(content, mimetype=MEDIA_TYPE, headers=headers)


@blueprint.post("/<uuid:import_id>/confirm")
@requires("officer")
def confirm_import(import_id: UUID) -> ResponseReturnValue:
    try:
        with unit_of_work() as work:
            done = confirm(work, import_id, centre=centre())
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        flash(gettext("Nothing was imported: something changed since the preview. Look at it again."), "error")
    else:
        if done.registered_count or done.started_count:
            flash(gettext("%(count)s people are registered.", count=done.registered_count), "success")
        else:
            flash(gettext("Everybody was registered already; nothing changed."), "info")
    return redirect(url_for(".show_import", import_id=import_id), 303)


@blueprint.post("/<uuid:import_id>/give-up")
@requires("officer")
def give_up_import(import_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        give_up(work, import_id)
    flash(gettext("The file is removed; nothing was imported."), "info")
    return redirect(url_for(".list_imports"), 303)
