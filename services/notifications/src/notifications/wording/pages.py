"""Pages: templates, their versions, and editing with a preview."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from notifications.messages.content import Content, render_text
from notifications.sending.settings import SendingSettings
from notifications.wording.commands import save_template
from notifications.wording.queries import example_facts, offered_placeholders, templates_in_use, versions_of
from notifications.wording.rendering import MalformedTemplate, MissingValues
from notifications.wording.segments import count_segments
from notifications.wording.values import localised
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Refused
from shared.web import fill_errors, principal, reading, requires, runtime, unit_of_work

blueprint = Blueprint("templates_pages", __name__, url_prefix="/templates", template_folder="templates")
_EXAMPLE_PHONE = "+8610000000001"
_EXAMPLE_NAMES = {"zh-Hans": ("张某某", "张小某"), "en": ("Zhang Moumou", "Zhang Xiaomou")}


class SmsForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    body = TextAreaField(
        _l("Text"), [InputRequired(), Length(max=500)], description=_l("The signature is put before it.")
    )


class EmailForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    subject = StringField(_l("Subject"), [InputRequired(), Length(max=200)])
    body = TextAreaField(
        _l("Text"), [InputRequired(), Length(max=5000)], description=_l("An empty line begins a new paragraph.")
    )


@blueprint.get("/")
@requires("viewer")
def list_templates() -> ResponseReturnValue:
    with reading() as session:
        return render_template("wording/list.html", templates=templates_in_use(session))


@blueprint.get("/<string:key>/<string:channel>/<string:language>")
@requires("viewer")
def show_template(key: str, channel: str, language: str) -> ResponseReturnValue:
    with reading() as session:
        versions = versions_of(session, key, channel, language)
        if not versions:
            raise NotFound("template")
        current = versions[0]
        preview = _preview(session, key, channel, language, current.subject, current.body)
        return render_template(
            "wording/show.html",
            template=current,
            versions=versions,
            preview=preview,
            segments=_segments(channel, preview),
            may_edit=principal().allows("manager", ALL_BODIES),
        )


@blueprint.route("/<string:key>/<string:channel>/<string:language>/edit", methods=["GET", "POST"])
@requires("manager")
def edit_template(key: str, channel: str, language: str) -> ResponseReturnValue:
    """Saving makes a new version; the button Preview shows the text and saves nothing."""
    principal().demand("manager", ALL_BODIES)
    with reading() as session:
        versions = versions_of(session, key, channel, language)
        offered = sorted(offered_placeholders(session, key))
    if not versions:
        raise NotFound("template")
    form: Any = (SmsForm if channel == "sms" else EmailForm)(obj=versions[0])
    subject = form.subject.data if channel == "email" else ""
    if form.validate_on_submit() and "preview" not in request.form:
        try:
            with unit_of_work() as work:
                save_template(
                    work, key, channel, language,
                    subject=subject, body=form.body.data, version=int(form.version.data or 0),
                )  # fmt: skip
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("Saved. The next messages say this."), "success")
            return redirect(url_for(".show_template", key=key, channel=channel, language=language), 303)
    with reading() as session:
        preview = _preview(session, key, channel, language, subject or "", form.body.data or "")
    page = render_template(
        "wording/edit.html", form=form, template=versions[0], offered=offered, preview=preview,
        segments=_segments(channel, preview),
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _preview(session: Session, key: str, channel: str, language: str, subject: str, body: str) -> Content | None:
    """The text with example values, for a guardian; None while it cannot be read."""
    name, child = _EXAMPLE_NAMES[language]
    zone = runtime().settings.time_zone
    values = localised(example_facts(session, key), language, zone, name=name, child=child)
    signature = SendingSettings.of(runtime().settings).sms_signature
    try:
        return render_text(channel, language, subject, body, values, signature)
    except (MalformedTemplate, MissingValues):
        return None


def _segments(channel: str, preview: Content | None) -> int | None:
    return count_segments(preview.text, _EXAMPLE_PHONE) if channel == "sms" and preview else None
