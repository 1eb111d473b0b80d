"""Staff pages of talks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from shared.refusal import Refused, Stale
from shared.web import (
    Column,
    Orders,
    body_choices,
    choices,
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
from welfare.choosing.pages import chosen
from welfare.confidential.texts import parts_written, read_text
from welfare.current import keys
from welfare.history import timeline_of
from welfare.lookups import name_order, names_of
from welfare.talks import commands, queries
from welfare.talks.forms import HeldTalkForm, HoldForm, MoveForm, TalkForm, in_zone
from welfare.talks.models import Talk
from welfare.talks.rules import OPEN, OUTCOMES, STATES
from welfare.words import pairs, word

blueprint = Blueprint("talks_pages", __name__, url_prefix="/talks", template_folder="templates")
ORDERS = Orders(person=name_order(Talk.person_id), when=Talk.starts_at, officer=Talk.officer_name)


@blueprint.get("/")
@requires("viewer")
def list_talks() -> ResponseReturnValue:
    """Newest first; the filters live in the address."""
    state = request.args.get("state")
    found = queries.list_talks(
        principal(),
        body=request.args.get("body"),
        state=state if state in (*STATES, "open") else None,
        words=request.args.get("q"),
    )
    if answer := exported("talks", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=ORDERS)
        names = names_of(session, [talk.person_id for talk in page.items])
        return render_template(
            "talks/list.html", page=page, names=names, bodies=principal().bodies(), states=pairs(("open", *STATES))
        )


def _columns(session: Session, rows: Sequence[Talk]) -> list[Column]:
    """As the list shows them; what was said is not for files."""
    names = names_of(session, [talk.person_id for talk in rows])
    return [
        Column(gettext("Person"), lambda talk: names.get(talk.person_id, gettext("unknown person"))),
        Column(gettext("Body"), lambda talk: body_name(talk.body)),
        Column(gettext("Begins"), lambda talk: talk.starts_at),
        Column(gettext("Ends"), lambda talk: talk.ends_at),
        Column(gettext("Who receives"), lambda talk: talk.officer_name),
        Column(gettext("State"), lambda talk: word(talk.state)),
    ]


@blueprint.get("/<uuid:talk_id>")
@requires("viewer")
def show_talk(talk_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        talk = queries.find_talk(session, talk_id, principal())
        return render_template("talks/show.html", **_shown(session, talk))


@blueprint.post("/<uuid:talk_id>/note")
@requires("officer")
def show_note(talk_id: UUID) -> ResponseReturnValue:
    """The same page with the note opened; the reading is noted in the same transaction."""
    with unit_of_work() as work:
        note = read_text(work, keys(), "talks", talk_id, "note")
        talk = queries.find_talk(work.session, talk_id, principal())
        return render_template("talks/show.html", **_shown(work.session, talk, note))


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_talk() -> ResponseReturnValue:
    """Make an appointment."""
    return _new(TalkForm(), "talk", "talks/new.html", _arrange)


@blueprint.route("/held", methods=["GET", "POST"])
@requires("officer")
def new_held_talk() -> ResponseReturnValue:
    """Write down a talk of somebody who walked in."""
    form = HeldTalkForm()
    form.outcome.choices = choices(pairs(OUTCOMES))
    return _new(form, "held", "talks/held.html", _write_down)


@blueprint.route("/<uuid:talk_id>/move", methods=["GET", "POST"])
@requires("officer")
def move_talk(talk_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        form = _move_form(queries.find_talk(session, talk_id, principal()))
    offered = _moment(request.args.get("starts_at"))
    if request.method == "GET" and offered is not None:
        form.seen.data = form.seen._value()
        form.starts_at.data = _local(offered)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                commands.move_talk(work, talk_id, version=form.sent_version, **_times(form))
        except Stale:
            with reading() as session:
                current = _move_form(queries.find_talk(session, talk_id, principal()), fresh=True)
                back = url_for(".show_talk", talk_id=talk_id)
                return stale_page(form, current, session, subject=f"talks/{talk_id}", back=back)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The room is asked for at the new time."), "success")
            return redirect(url_for(".show_talk", talk_id=talk_id), 303)
    return _about(talk_id, "talks/move.html", form)


def _move_form(talk: Talk, *, fresh: bool = False) -> MoveForm:
    minutes = int((talk.ends_at - talk.starts_at).total_seconds() // 60)
    stands = {"version": talk.version, "starts_at": _local(talk.starts_at), "minutes": minutes}
    return MoveForm(None, data=stands) if fresh else MoveForm(data=stands)


@blueprint.route("/<uuid:talk_id>/hold", methods=["GET", "POST"])
@requires("officer")
def hold_talk(talk_id: UUID) -> ResponseReturnValue:
    form = HoldForm()
    form.outcome.choices = choices(pairs(OUTCOMES))
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                commands.hold_talk(
                    work,
                    keys(),
                    talk_id,
                    outcome=form.outcome.data,
                    note=form.note.data,
                    follow_up_on=form.follow_up_on.data,
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The talk is written down."), "success")
            return redirect(url_for(".show_talk", talk_id=talk_id), 303)
    return _about(talk_id, "talks/hold.html", form)


@blueprint.route("/<uuid:talk_id>/cancel", methods=["GET", "POST"])
@requires("officer")
def cancel_talk(talk_id: UUID) -> ResponseReturnValue:
    form = FlaskForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                commands.cancel_talk(work, talk_id)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The talk is cancelled."), "success")
            return redirect(url_for(".show_talk", talk_id=talk_id), 303)
    return _about(talk_id, "talks/cancel.html", form)


def _new(form: Any, kind: str, template: str, carry_out: Any) -> ResponseReturnValue:
    people = chosen()
    if not people:
        return redirect(url_for("choosing.choose", form=kind))
    form.body.choices = body_choices(principal().bodies("officer"))
    with reading() as session:
        form.officer_id.choices = choices([(str(one.id), one.name) for one in queries.officers(session)])
        names = names_of(session, people)
    if request.method == "GET":
        form.officer_id.data = str(principal().id)
        now = runtime().clock().astimezone(runtime().settings.time_zone).replace(second=0, microsecond=0)
        start = now + timedelta(days=1) if kind == "talk" else now - timedelta(minutes=45)
        form.starts_at.data = (start.replace(hour=9, minute=0) if kind == "talk" else start).replace(tzinfo=None)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                talk = carry_out(work, form, people[0])
        except Refused as refused:
            fill_errors(form, refused)
        else:
            return redirect(url_for(".show_talk", talk_id=talk.id), 303)
    return render_template(template, form=form, name=names.get(people[0], "")), 422 if form.errors else 200


def _arrange(work: Any, form: TalkForm, person_id: UUID) -> Any:
    made = commands.arrange_talk(
        work, body=form.body.data, person_id=person_id, officer_id=UUID(form.officer_id.data), **_times(form)
    )
    flash(gettext("The room is asked for. As soon as it is kept, the person hears of the time."), "success")
    return made


def _write_down(work: Any, form: HeldTalkForm, person_id: UUID) -> Any:
    made = commands.record_talk(
        work,
        keys(),
        body=form.body.data,
        person_id=person_id,
        officer_id=UUID(form.officer_id.data),
        outcome=form.outcome.data,
        note=form.note.data,
        follow_up_on=form.follow_up_on.data,
        **_times(form),
    )
    flash(gettext("The talk is written down."), "success")
    return made


def _times(form: Any) -> dict[str, datetime]:
    starts_at = in_zone(form.starts_at.data, runtime().settings.time_zone)
    return {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=form.minutes.data)}


def _local(moment: datetime) -> datetime:
    """As the form writes it: in the centre's zone."""
    return moment.astimezone(runtime().settings.time_zone).replace(tzinfo=None)


def _about(talk_id: UUID, template: str, form: Any) -> ResponseReturnValue:
    """A page about one talk that asks for something."""
    with reading() as session:
        talk = queries.find_talk(session, talk_id, principal())
        principal().demand("officer", talk.body)
        name = names_of(session, [talk.person_id]).get(talk.person_id, "")
        return render_template(template, talk=talk, name=name, form=form), 422 if form.errors else 200


def _shown(session: Any, talk: Any, note: str | None = None) -> dict[str, Any]:
    return {
        "talk": talk,
        "name": names_of(session, [talk.person_id]).get(talk.person_id, gettext("unknown person")),
        "has_note": bool(parts_written(session, "talks", [talk.id], principal())),
        "entries": timeline_of(session, [f"talks/{talk.id}"]),
        "may_write": principal().allows("officer", talk.body),
        "is_open": talk.state in OPEN,
        "begun": talk.starts_at <= runtime().clock(),
        "alternatives": [
            {"starts_at": _moment(one.get("starts_at")), "ends_at": _moment(one.get("ends_at"))}
            for one in (talk.refusals or {}).get("alternatives", [])
        ],
        "note": note,
    }


def _moment(text: str | None) -> datetime | None:
    """A time that facilities offered; None when it cannot be read."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
