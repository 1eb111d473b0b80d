"""Pages: providers with their circuit, rate and cost, and the texts that they approved."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import Optional

from notifications.messages.pages import word
from notifications.providers.commands import approve_text, set_rate, use_again
from notifications.providers.queries import approvals, get_provider, provider_states
from notifications.providers.rules import yuan
from notifications.sending.settings import SendingSettings
from notifications.sending.spending import budget_now, month_of
from notifications.wording.queries import get_template
from shared.refusal import Refused
from shared.web import fill_errors, reading, requires, runtime, unit_of_work

blueprint = Blueprint("providers_pages", __name__, url_prefix="/providers", template_folder="templates")
CIRCUIT_TONES = {"closed": "good", "open": "bad", "probing": "warn"}


class RateForm(FlaskForm):
    rate = IntegerField(_l("Messages a second"), [Optional()], description=_l("Empty: no limit."))
    burst = IntegerField(_l("At once"), description=_l("How many may go at once after a pause."))


class ApprovalForm(FlaskForm):
    code = StringField(_l("Code of the approved text"))
    parameters = TextAreaField(
        _l("What goes into it"),
        description=_l("One line for each parameter, in the provider's order: name = ((placeholder))"),
    )


def _settings() -> SendingSettings:
    return SendingSettings.of(runtime().settings)


@blueprint.app_template_global()
def circuit_tone(circuit: str) -> str:
    return CIRCUIT_TONES[circuit]


@blueprint.app_template_filter()
def hao(amount: int | None) -> str:
    """An amount in hao as yuan."""
    return f"{yuan(amount or 0):,.2f}"


@blueprint.get("/")
@requires("viewer")
def list_providers() -> ResponseReturnValue:
    settings = _settings()
    with reading() as session:
        return render_template(
            "providers/list.html",
            providers=provider_states(session, settings, month_of(runtime())),
            budget=budget_now(runtime(), session, settings),
        )


@blueprint.route("/<string:name>", methods=["GET", "POST"])
@requires("viewer")
def show_provider(name: str) -> ResponseReturnValue:
    """A provider, and the form of its rate."""
    settings = _settings()
    with reading() as session:
        state = get_provider(session, settings, name, month_of(runtime()))
        texts = approvals(session, name) if state.needs_approval else []
    form = RateForm(rate=state.row.rate if state.row else None, burst=state.row.burst if state.row else 10)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                set_rate(work, name, state.channel, rate=form.rate.data, burst=form.burst.data or 0)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The rate is set."), "success")
            return redirect(url_for(".show_provider", name=name), 303)
    page = render_template("providers/show.html", provider=state, texts=texts, form=form)
    return page, 422 if form.errors else 200


@blueprint.post("/<string:name>/use-again")
@requires("officer")
def close_circuit(name: str) -> ResponseReturnValue:
    with unit_of_work() as work:
        use_again(work, name)
    flash(gettext("“%(provider)s” is used again.", provider=name), "success")
    return redirect(url_for(".show_provider", name=name), 303)


@blueprint.route("/<string:name>/texts/<uuid:template_id>", methods=["GET", "POST"])
@requires("manager")
def edit_approval(name: str, template_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        get_provider(session, _settings(), name, month_of(runtime()))
        template = get_template(session, template_id)
        known = next((row for one, row in approvals(session, name) if one.id == template_id), None)
    lines = "\n".join(f"{key} = {text}" for key, text in known.parameters) if known else ""
    form = ApprovalForm(code=known.code if known else "", parameters=lines)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                approve_text(
                    work, provider=name, template_id=template_id, code=form.code.data or "",
                    parameters=_pairs(form.parameters.data or ""),
                )  # fmt: skip
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("“%(provider)s” sends this text from now on.", provider=name), "success")
            return redirect(url_for(".show_provider", name=name), 303)
    about = word("TEMPLATES", template.key)
    page = render_template("providers/approval.html", name=name, template=template, form=form, about=about)
    return page, 422 if form.errors else 200


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = [line.partition("=") for line in text.splitlines() if line.strip()]
    return [(name.strip(), value.strip()) for name, _, value in pairs]
