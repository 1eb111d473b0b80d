"""Pages: writing a draft with its preview, sending it to oneself, and publishing it."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.messages.test_sends import Trial, send_test
from notifications.providers.models import ApprovedText
from notifications.providers.rules import HAO
from notifications.sending.settings import SendingSettings
from notifications.wording.approvals import Approval
from notifications.wording.commands import discard_draft, publish_draft, save_draft
from notifications.wording.editing import text_form
from notifications.wording.editions import edition, read_edition
from notifications.wording.models import TemplateDraft, TemplateVersion
from notifications.wording.pages import ONE, VersionForm
from notifications.wording.previews import demands_of, make_preview
from notifications.wording.queries import edition_of, find_draft, find_version, is_known, offered_placeholders
from notifications.wording.samples import Sample, chosen_sample, made_up, samples
from notifications.wording.values import LANGUAGES
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Refused, Stale
from shared.web import fill_errors, principal, reading, requires, runtime, stale_page, unit_of_work
from shared.web.wording import in_words

blueprint = Blueprint("drafts_pages", __name__, url_prefix="/templates", template_folder="templates")
PREVIEW_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Of the preview alone: it shows mails with their own styles, and holds no script."""


@blueprint.app_template_filter()
def hao_exact(amount: int) -> str:
    """A price in hao as yuan, with the places that prices of single SMS have."""
    return f"{amount / HAO:.4f}".rstrip("0").ljust(4, "0")


blueprint.add_app_template_global(in_words, "in_words")


def _settings() -> SendingSettings:
    return SendingSettings.of(runtime().settings)


def _approvals(session: Session, source: TemplateDraft | TemplateVersion | None) -> tuple[Approval, ...]:
    """The codes of a draft; those of a version only where nothing of its text changes, so none for a new draft."""
    if isinstance(source, TemplateDraft):
        return tuple(Approval.of(entry) for entry in source.approvals)
    if source is None:
        return ()
    rows = session.scalars(select(ApprovedText).where(ApprovedText.template_id == source.id))
    return tuple(Approval(row.provider, row.code, tuple((name, text) for name, text in row.parameters)) for row in rows)


def _form(session: Session, key: str, channel: str, language: str, *, fresh: bool = False) -> Any:
    """Filled with the draft, else with the version in use, else empty. NotFound for what no rule uses."""
    if channel not in ("sms", "email") or language not in LANGUAGES or not is_known(session, key):
        raise NotFound("template")
    draft = find_draft(session, key, channel, language)
    source = draft or find_version(session, key, channel, language)
    form = text_form(
        channel,
        demands_of(_settings()),
        fresh=fresh,
        version=edition_of(session, key, channel, language),
        subject=source.subject if source is not None else "",
        body=source.body if source is not None else "",
        approvals=_approvals(session, source),
    )
    form.offer(samples(runtime(), session, key, language), language)
    if not form.is_submitted() and form.sample.choices:
        form.sample.data = form.sample.choices[0].value
    return form


@blueprint.route(f"{ONE}/edit", methods=["GET", "POST"])
@requires("manager")
def edit_template(key: str, channel: str, language: str) -> ResponseReturnValue:
    """Saving keeps a draft; publishing asks once more."""
    principal().demand("manager", ALL_BODIES)
    with reading() as session:
        form = _form(session, key, channel, language)
        offered = sorted(offered_placeholders(session, key))
    here: dict[str, Any] = {"key": key, "channel": channel, "language": language}
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                save_draft(
                    work, key, channel, language, subject=form.subject_text, body=form.body.data,
                    approvals=form.approvals(demands_of(_settings())), **read_edition(form.sent_version),
                )  # fmt: skip
        except Stale:
            return _overtaken(form, here)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            if "publish" in request.form:
                return redirect(url_for(".publish", **here), 303)
            flash(gettext("The draft is kept. Nobody gets it before it is published."), "success")
            return redirect(url_for("templates_pages.show_template", **here), 303)
    page = render_template(
        "wording/edit.html", form=form, template=here, offered=offered, providers=demands_of(_settings()).approving
    )
    return page, 422 if form.errors else 200


def _overtaken(form: Any, here: dict[str, str]) -> ResponseReturnValue:
    """Both versions of the draft; whose values fill the preview is nobody's change."""
    with reading() as session:
        current = _form(session, **here, fresh=True)
        current.sample.data = form.sample.data
        draft = find_draft(session, **here)
        subject = f"template-draft/{draft.id}" if draft is not None else "template-draft/none"
        back = url_for("templates_pages.show_template", **here)
        return stale_page(form, current, session, subject=subject, back=back)


@blueprint.get(f"{ONE}/preview")
@requires("viewer")
def preview(key: str, channel: str, language: str) -> ResponseReturnValue:
    """A page for a frame: the version in use with made up values; with `draft=yes` the form as it is opened, for
    managers of all bodies alone, because past events name people."""
    if request.args.get("draft") == "yes":
        principal().demand("manager", ALL_BODIES)
        return preview_form(key, channel, language)
    with reading() as session:
        version = find_version(session, key, channel, language)
        if version is None:
            raise NotFound("template")
        sample = made_up(session, key, language)
        return _previewed(version.subject, version.body, _approvals(session, version), sample, channel, language)


@blueprint.post(f"{ONE}/preview")
@requires("manager")
def preview_typed(key: str, channel: str, language: str) -> ResponseReturnValue:
    """The same for what was typed, with the values of the chosen event."""
    principal().demand("manager", ALL_BODIES)
    return preview_form(key, channel, language)


def preview_form(key: str, channel: str, language: str) -> Response:
    """A preview of what the form of this request holds."""
    with reading() as session:
        form = _form(session, key, channel, language)
        sample = chosen_sample(runtime(), session, key, language, form.sample.data)
    body = (form.body.data or "").replace("\r\n", "\n").strip()
    approvals = form.approvals(demands_of(_settings()))
    return _previewed(form.subject_text, body, approvals, sample, channel, language)


def _previewed(
    subject: str, body: str, approvals: tuple[Approval, ...], sample: Sample, channel: str, language: str
) -> Response:
    made = make_preview(channel, language, subject, body, approvals, sample, _settings(), runtime().settings.time_zone)
    answer = Response(render_template("wording/preview.html", preview=made, channel=channel, language_shown=language))
    answer.headers["Content-Security-Policy"] = PREVIEW_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@blueprint.post(f"{ONE}/test")
@requires("manager")
def test(key: str, channel: str, language: str) -> ResponseReturnValue:
    """Send what was typed to oneself; nothing of it is kept as a draft."""
    principal().demand("manager", ALL_BODIES)
    with reading() as session:
        form = _form(session, key, channel, language)
        offered = sorted(offered_placeholders(session, key))
        sample = chosen_sample(runtime(), session, key, language, form.sample.data)
    demands = demands_of(_settings())
    if form.validate_on_submit():
        trial = Trial(key, channel, language, form.subject_text, form.body.data, sample.facts, form.approvals(demands))
        try:
            with unit_of_work() as work:
                message = send_test(work, trial)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("Sent to you as a test. The text itself is not saved yet."), "success")
            return redirect(url_for("messages_pages.show_message", message_id=message.id), 303)
    here = {"key": key, "channel": channel, "language": language}
    page = render_template("wording/edit.html", form=form, template=here, offered=offered, providers=demands.approving)
    return page, 422 if form.errors else 200


@blueprint.route(f"{ONE}/publish", methods=["GET", "POST"])
@requires("manager")
def publish(key: str, channel: str, language: str) -> ResponseReturnValue:
    """Show what changes and ask once."""
    principal().demand("manager", ALL_BODIES)
    with reading() as session:
        draft = find_draft(session, key, channel, language)
        if draft is None:
            raise NotFound("draft")
        current = find_version(session, key, channel, language)
    form = VersionForm(version=edition(draft.follows, draft.version))
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                publish_draft(
                    work, key, channel, language, **read_edition(int(form.version.data or 0)),
                    demands=demands_of(_settings()),
                )  # fmt: skip
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("Published. The next messages say this."), "success")
            return redirect(url_for("templates_pages.show_template", key=key, channel=channel, language=language), 303)
    page = render_template("wording/publish.html", template=draft, current=current, form=form)
    return page, 422 if form.errors else 200


@blueprint.post(f"{ONE}/discard")
@requires("manager")
def discard(key: str, channel: str, language: str) -> ResponseReturnValue:
    with unit_of_work() as work:
        discard_draft(work, key, channel, language)
    flash(gettext("The draft is thrown away."), "success")
    return redirect(url_for("templates_pages.show_template", key=key, channel=channel, language=language), 303)
