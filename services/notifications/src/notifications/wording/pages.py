"""Pages: templates, their versions and what changed between them, and going back to an older one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField

from notifications.messages.pages import word
from notifications.sending.settings import SendingSettings
from notifications.wording.commands import restore_version
from notifications.wording.differences import differences
from notifications.wording.models import TemplateVersion
from notifications.wording.previews import demands_of
from notifications.wording.queries import drafts, find_draft, is_known, templates_in_use, versions_of
from notifications.wording.values import LANGUAGES
from shared.principal import ALL_BODIES
from shared.refusal import NotFound
from shared.web import principal, reading, requires, runtime, unit_of_work

blueprint = Blueprint("templates_pages", __name__, url_prefix="/templates", template_folder="templates")
ONE = "/<string:key>/<string:channel>/<string:language>"


class VersionForm(FlaskForm):  # type: ignore[misc]
    """What was looked at, so that nobody confirms something else."""

    version = HiddenField()


@blueprint.app_template_global()
def template_name(key: str) -> str:
    """What a template is called in the reader's language."""
    return word("TEMPLATES", key)


@blueprint.app_template_global()
def changes(old: str, new: str) -> list[tuple[str, str]]:
    return list(differences(old, new))


@blueprint.get("/")
@requires("viewer")
def list_templates() -> ResponseReturnValue:
    with reading() as session:
        waiting = {(one.key, one.channel, one.language) for one in drafts(session)}
        return render_template("wording/list.html", templates=templates_in_use(session), waiting=waiting)


@blueprint.get(ONE)
@requires("viewer")
def show_template(key: str, channel: str, language: str) -> ResponseReturnValue:
    with reading() as session:
        versions = versions_of(session, key, channel, language)
        draft = find_draft(session, key, channel, language)
        if channel not in ("sms", "email") or language not in LANGUAGES or not is_known(session, key):
            raise NotFound("template")
        return render_template(
            "wording/show.html",
            template={"key": key, "channel": channel, "language": language},
            current=versions[0] if versions else None,
            versions=versions,
            draft=draft,
            may_edit=principal().allows("manager", ALL_BODIES),
        )


def one_version(session: object, key: str, channel: str, language: str, number: int) -> TemplateVersion:
    """That version. NotFound."""
    found = [one for one in versions_of(session, key, channel, language) if one.version == number]  # type: ignore[arg-type]
    if not found:
        raise NotFound("version")
    return found[0]


@blueprint.get(f"{ONE}/versions/<int:number>")
@requires("viewer")
def show_version(key: str, channel: str, language: str, number: int) -> ResponseReturnValue:
    """One version, and what it changed; `compared` names another one to compare with."""
    with reading() as session:
        version = one_version(session, key, channel, language, number)
        versions = versions_of(session, key, channel, language)
        wanted = request.args.get("compared", type=int) or number - 1
        other = next((one for one in versions if one.version == wanted), None)
        return render_template(
            "wording/version.html",
            template=version,
            other=other,
            versions=versions,
            current=versions[0].version,
            may_edit=principal().allows("manager", ALL_BODIES),
        )


@blueprint.route(f"{ONE}/versions/<int:number>/restore", methods=["GET", "POST"])
@requires("manager")
def restore(key: str, channel: str, language: str, number: int) -> ResponseReturnValue:
    """Ask once, then publish the old text again as the newest version."""
    with reading() as session:
        version = one_version(session, key, channel, language, number)
        current = versions_of(session, key, channel, language)[0]
    form = VersionForm(version=current.version)
    if form.validate_on_submit():
        with unit_of_work() as work:
            restore_version(
                work, key, channel, language, wanted=number, version=int(form.version.data or 0),
                demands=demands_of(SendingSettings.of(runtime().settings)),
            )  # fmt: skip
        flash(gettext("Version %(number)s is used again. The next messages say this.", number=number), "success")
        return redirect(url_for(".show_template", key=key, channel=channel, language=language), 303)
    return render_template("wording/restore.html", template=version, current=current, form=form)
