"""Looking at activities: the list and one of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from activities.activity import wording
from activities.activity.models import Activity, Session
from activities.activity.overview import Shown, show, show_one
from activities.activity.queries import WHEN, activities, history
from activities.activity.rules import KINDS
from activities.lookups import resources
from activities.permissions import allows
from activities.registration.queries import participants, waiting_list
from shared.principal import BODIES
from shared.web import Column, Orders, exported, paginate, principal, reading, requires, runtime, with_events
from shared.web.wording import body_name

blueprint = Blueprint("activity_pages", __name__, url_prefix="/activities", template_folder="templates")


@blueprint.app_context_processor
def words() -> dict[str, Any]:
    """What templates of this service say activities with."""
    return {
        "either": wording.either,
        "kind_name": wording.kind_name,
        "state_name": wording.state_name,
        "state_tone": wording.TONES.get,
        "span": wording.span,
        "listed": wording.listed,
    }


@blueprint.get("/")
@requires("viewer")
def list_activities() -> ResponseReturnValue:
    """Upcoming ones in the order of their days, drafts and past ones newest first."""
    when = request.args.get("when", "upcoming")
    when = when if when in WHEN else "upcoming"
    wanted = {"body": request.args.get("body"), "kind": request.args.get("kind"), "text": request.args.get("q")}
    now = runtime().clock()
    chosen, orders = activities(now=now, when=when, **wanted), _orders(when, now)
    if answer := exported("activities", chosen, _columns, orders=orders):
        return answer
    with reading() as session:
        page = paginate(session, chosen, orders=orders)
        page = replace(page, items=show(session, page.items))
        return render_template(
            "activity/list.html",
            page=page,
            when=when,
            now=now,
            tabs=[(name, _count(session, name), name == when) for name in WHEN],
            kinds=[(kind, wording.kind_name(kind)) for kind in KINDS],
            bodies=BODIES,
            filtered=any(wanted.values()),
        )


def _orders(when: str, now: datetime) -> Orders:
    """Upcoming ones stand by the beginning of their next session, unless the reader wishes otherwise."""
    begins = func.min(Session.starts_at)
    starts = select(begins).where(Session.activity_id == Activity.id)
    if when == "upcoming":
        starts = starts.where(Session.ends_at > now)
    places = select(func.sum(Session.capacity)).where(Session.activity_id == Activity.id)
    by = {"when": starts.scalar_subquery(), "title": Activity.title_zh, "places": places.scalar_subquery()}
    return Orders("when" if when == "upcoming" else None, **by)


def _columns(session: DatabaseSession, rows: Sequence[Activity]) -> list[Column]:
    shown = {one.id: one for one in show(session, rows)}
    return [
        Column(gettext("Activity"), lambda one: wording.either(one.title_zh, one.title_en)),
        Column(gettext("Kind"), lambda one: wording.kind_name(one.kind)),
        Column(gettext("Held by"), lambda one: wording.listed(body_name(body) for body in one.bodies)),
        Column(gettext("Begins"), lambda one: one.starts_at),
        Column(gettext("Ends"), lambda one: one.ends_at),
        Column(gettext("Sessions"), lambda one: len(one.sessions)),
        Column(gettext("Where"), lambda one: wording.either(one.place_zh, one.place_en)),
        Column(gettext("Places taken"), lambda one: shown[one.id].confirmed),
        Column(gettext("Places"), lambda one: shown[one.id].capacity),
        Column(gettext("On the waiting list"), lambda one: shown[one.id].waiting),
        Column(gettext("State"), lambda one: wording.state_name(one.state)),
    ]


def _count(session: DatabaseSession, when: str) -> int:
    chosen = activities(now=runtime().clock(), when=when).order_by(None).subquery()
    return int(session.scalar(select(func.count()).select_from(chosen)) or 0)


@blueprint.get("/<uuid:activity_id>")
@requires("viewer")
def show_activity(activity_id: UUID) -> ResponseReturnValue:
    """One activity: its sessions, who takes part in the chosen one, who waits and why, and what happened."""
    now = runtime().clock()
    with reading() as session:
        shown = show_one(session, activity_id)
        chosen = _chosen(shown, request.args.get("session"), now)
        known = {one.code: one for one in resources(session)}
        return render_template(
            "activity/show.html",
            activity=shown,
            chosen=chosen,
            participants=participants(session, chosen.id),
            waiting=waiting_list(session, shown.activity, chosen.session),
            notice=wording.notice_in_words(shown.notice, known),
            needs=[wording.need_in_words(need.resource_code, need.quantity, known) for need in shown.needs],
            timeline=with_events(
                session,
                wording.history_entries(history(session, activity_id)),
                [f"activity/{activity_id}"],
                newest_first=True,
            ),
            may={role: allows(principal(), role, shown.bodies) for role in ("officer", "manager")},
            started=chosen.starts_at <= now,
            now=now,
        )


def _chosen(shown: Shown, wanted: str | None, now: Any) -> Any:
    """The session that the address names, else the one that comes next."""
    named: Sequence[Any] = [one for one in shown.sessions if str(one.id) == wanted]
    return named[0] if named else shown.next_session(now)
