"""Pages: writing broadcasts, looking at what they come to, deciding, and following them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import func
from sqlalchemy.orm import Session

from notifications.broadcasts import commands
from notifications.broadcasts.estimate import estimate
from notifications.broadcasts.forms import form_for, plan_from
from notifications.broadcasts.four_eyes import may_approve
from notifications.broadcasts.limits import limit_of
from notifications.broadcasts.models import Broadcast
from notifications.broadcasts.queries import audience_name, get_broadcast, progress, select_broadcasts
from notifications.broadcasts.rules import STATES
from notifications.broadcasts.texts import offered_templates, placeholders
from notifications.broadcasts.words import TONES, decisions_of, in_reader_language, left_out_word, state_word
from notifications.messages.pages import word
from notifications.messages.words import TEMPLATES
from shared.refusal import NotFound, Refused, Stale
from shared.texts import N_
from shared.web import (
    Column,
    Orders,
    exported,
    fill_errors,
    paginate,
    principal,
    reading,
    requires,
    runtime,
    stale_page,
    unit_of_work,
)
from shared.web.wording import body_name

blueprint = Blueprint("broadcasts_pages", __name__, url_prefix="/broadcasts", template_folder="templates")
ORDERS = Orders(
    title=Broadcast.title,
    people=Broadcast.reached,
    author=Broadcast.author,
    time=func.coalesce(Broadcast.approved_at, Broadcast.created_at),
)
blueprint.add_app_template_global(left_out_word)
blueprint.add_app_template_global(state_word, "broadcast_state")


@blueprint.app_template_global()
def broadcast_tone(state: str) -> str:
    return TONES.get(state, "neutral")


@blueprint.get("/")
@requires("viewer")
def list_broadcasts() -> ResponseReturnValue:
    state = request.args.get("state")
    chosen = select_broadcasts(principal(), body=request.args.get("body"), state=state if state in STATES else None)
    if answer := exported("broadcasts", chosen, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        return render_template(
            "broadcasts/list.html",
            page=paginate(session, chosen, orders=ORDERS),
            bodies=[(body, body_name(body)) for body in principal().bodies()],
            states=[(one, state_word(one)) for one in STATES],
        )


def _columns(_session: Session, _rows: Sequence[Broadcast]) -> list[Column]:
    return [
        Column(gettext("Title"), lambda one: one.title),
        Column(gettext("Owning body"), lambda one: body_name(one.body)),
        Column(gettext("State"), lambda one: state_word(one.state)),
        Column(gettext("People"), lambda one: one.reached),
        Column(gettext("Written by"), lambda one: one.author),
        Column(gettext("Time"), lambda one: one.approved_at or one.created_at),
    ]


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_broadcast() -> ResponseReturnValue:
    """``?template=`` names the template; without it the text is one's own."""
    return _edit(None, request.args.get("template") or None)


@blueprint.route("/<uuid:broadcast_id>/edit", methods=["GET", "POST"])
@requires("officer")
def edit_broadcast(broadcast_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        broadcast = get_broadcast(session, broadcast_id, principal())
    principal().demand("officer", broadcast.body)
    return _edit(broadcast, broadcast.template_key)


def _edit(broadcast: Broadcast | None, template_key: str | None) -> ResponseReturnValue:
    with reading() as session:
        offered = offered_templates(session)
        if template_key is not None and template_key not in offered:
            raise NotFound(N_("template"))
        names, needed = placeholders(session, template_key) if template_key is not None else (None, set())
        form = form_for(session, runtime(), broadcast, names, needed)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                plan = plan_from(work.session, form, template_key)
                saved = (
                    commands.write_broadcast(work, body=form.body.data, **plan)
                    if broadcast is None
                    else commands.change_broadcast(work, broadcast.id, version=form.sent_version, **plan)
                )
        except Stale:
            assert broadcast is not None
            return _overtaken(form, broadcast.id, names, needed)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("It is saved. Nothing is sent yet."), "success")
            return redirect(url_for(".show_broadcast", broadcast_id=saved.id), 303)
    page = render_template(
        "broadcasts/edit.html",
        form=form,
        broadcast=broadcast,
        template_key=template_key,
        templates=[(key, gettext(TEMPLATES.get(key, key))) for key in offered],
        names=names,
    )
    return page, 422 if form.errors else 200


def _overtaken(form: Any, broadcast_id: UUID, names: list[str] | None, needed: set[str]) -> ResponseReturnValue:
    with reading() as session:
        broadcast = get_broadcast(session, broadcast_id, principal())
        current = form_for(session, runtime(), broadcast, names, needed, fresh=True)
        back = url_for(".show_broadcast", broadcast_id=broadcast_id)
        return stale_page(form, current, session, subject=broadcast.subject, back=back)


@blueprint.get("/<uuid:broadcast_id>")
@requires("viewer")
def show_broadcast(broadcast_id: UUID) -> ResponseReturnValue:
    """A draft with what it would come to, or a broadcast with what became of it."""
    with reading() as session:
        broadcast = get_broadcast(session, broadcast_id, principal())
        name = audience_name(session, broadcast, runtime().settings.time_zone)
        officer = principal().allows("officer", broadcast.body)
        planned = broadcast.state in ("draft", "waiting")
        found = estimate(session, broadcast, runtime()) if planned and officer else None
        return render_template(
            "broadcasts/show.html",
            broadcast=broadcast,
            officer=officer,
            audience=in_reader_language(name) if name else None,
            template=gettext(TEMPLATES.get(broadcast.template_key, broadcast.template_key))
            if broadcast.template_key
            else None,
            channels=gettext(", ").join(word("CHANNELS", channel) for channel in broadcast.channels),
            found=found,
            above=found is not None and limit_of(runtime().settings).exceeded(found.reached, found.cost),
            progress=None if planned else progress(session, broadcast),
            may_approve=officer and broadcast.state == "waiting" and may_approve(principal(), broadcast),
            decisions=decisions_of(session, broadcast),
        )
