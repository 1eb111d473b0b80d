"""Looking at activities: the list and one of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from activities.activity import wording
from activities.activity.overview import Shown, show, show_one
from activities.activity.queries import WHEN, activities, history
from activities.activity.rules import KINDS
from activities.lookups import resources
from activities.permissions import allows
from activities.registration.queries import participants, waiting_list
from shared.principal import BODIES
from shared.web import Page, paginate, principal, reading, requires, runtime

MOST_AHEAD = 200
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
    with reading() as session:
        chosen = activities(now=now, when=when, **wanted)
        if when == "upcoming":
            found = show(session, session.scalars(chosen.limit(MOST_AHEAD)).all())
            page = Page(sorted(found, key=lambda shown: shown.next_session(now).starts_at), None)
        else:
            page = paginate(session, chosen)
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
            timeline=wording.history_entries(history(session, activity_id)),
            may={role: allows(principal(), role, shown.bodies) for role in ("officer", "manager")},
            started=chosen.starts_at <= now,
            now=now,
        )


def _chosen(shown: Shown, wanted: str | None, now: Any) -> Any:
    """The session that the address names, else the one that comes next."""
    named: Sequence[Any] = [one for one in shown.sessions if str(one.id) == wanted]
    return named[0] if named else shown.next_session(now)
