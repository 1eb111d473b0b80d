"""The first page and its charts. What concerns the Party office alone is shown to its staff alone."""

from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from membership.add_requests.queries import to_answer
from membership.consents.queries import without_consent_count
from membership.current import today
from membership.dashboard import waiting
from membership.dashboard.queries import (
    AgeBand,
    age_pyramid,
    ending_waivers,
    member_trend,
    month_figures,
    one_ended_stays,
    pending_count,
    pending_transfers,
    people_count,
    stage_counts,
)
from membership.dashboard.waiting import branch_work
from membership.development.pack import STAGES
from membership.development.queries import due_count, due_soon
from membership.development.wording import DUE_NAMES, STAGE_NAMES
from membership.dues.queries import overdue_count
from membership.erasures.queries import waiting_count
from membership.memberships.queries import counts
from membership.organisations.queries import selection, trees
from membership.transfers.queries import letter_state
from shared.web import principal, reading, requires
from shared.web.charts import bars, chart_answer, lines, pyramid
from shared.web.languages import language

blueprint = Blueprint("dashboard", __name__, template_folder="templates")
charts = Blueprint("party_charts", __name__, url_prefix="/charts")
AHEAD, WEEK = timedelta(days=30), timedelta(days=7)
SHOWN = 20
"""How many rows of each list the first page has; the figures above count all of them."""
_OPEN_STAGES = STAGES[:-1]
_ADDRESSES = {
    waiting.SMALL: ("joint_branches.join", "unit"),
    waiting.COMMITTEE: ("elections_pages.new_election", "organisation_id"),
    waiting.STAY: ("floating.show_stay", "stay_id"),
    waiting.ELECTION: ("elections_pages.new_election", "organisation_id"),
    waiting.FINDING: ("guidance.follow_up", "finding_id"),
    waiting.LOAN: ("archive.show_paper", "paper_id"),
    waiting.DISPOSAL: ("archive.show_paper", "paper_id"),
}
"""Where each kind of waiting work is done: the page and the name of its subject."""


@blueprint.get("/")
@requires("viewer")
def show() -> ResponseReturnValue:
    party = principal().allows("viewer", "party")
    day = today()
    with reading() as session:
        found = session.scalars(selection(active=True)).all()
        shown = {
            "add_requests": to_answer(session, principal()),
            "erasures": waiting_count(session) if principal().allows("manager") else 0,
            "people": people_count(session),
            "consents": without_consent_count(session, principal(), day),
            "branches": trees(found, counts(session, day)),
        }
        if party:
            shown |= {
                "due": due_soon(session, day + AHEAD, limit=SHOWN),
                "due_count": due_count(session, day + AHEAD),
                "overdue_steps": due_count(session, day),
                "week": due_count(session, day + WEEK) - due_count(session, day),
                "transfers": pending_transfers(session, SHOWN),
                "transfer_count": pending_count(session),
                "month": month_figures(session, day),
                "pyramid": age_pyramid(session, day),
                "age_words": age_words,
                "shown": SHOWN,
                "stays": one_ended_stays(session),
                "overdue": overdue_count(session, day),
                "waivers": ending_waivers(session, day),
                "stages": stage_counts(session),
                "trend": member_trend(session, day),
                "waiting": branch_work(session, day, language()),
            }
        return render_template(
            "dashboard/show.html",
            party=party,
            today=day,
            due_names=DUE_NAMES,
            stage_names=STAGE_NAMES,
            open_stages=_OPEN_STAGES,
            letter_state=letter_state,
            addresses=_ADDRESSES,
            **shown,
        )


@charts.get("/stages.svg")
@requires("viewer")
def stages_chart() -> ResponseReturnValue:
    with reading() as session:
        found = stage_counts(session)
    names = [gettext(STAGE_NAMES[stage]) for stage in _OPEN_STAGES]
    return chart_answer(bars(names, [found.get(stage, 0) for stage in _OPEN_STAGES], gettext("Open files")))


def age_words(band: AgeBand) -> str:
    if band.first is None:
        return gettext("unknown")
    return f"{band.first}–{band.last}" if band.last else gettext("%(age)s and older", age=band.first)


@charts.get("/pyramid.svg")
@requires("viewer")
def pyramid_chart() -> ResponseReturnValue:
    with reading() as session:
        bands = age_pyramid(session, today())
    left = (gettext("Full members"), [one.full for one in bands])
    right = (gettext("Probationary members and activists"), [one.growing for one in bands])
    return chart_answer(pyramid([age_words(one) for one in bands], left, right))


@charts.get("/members.svg")
@requires("viewer")
def members_chart() -> ResponseReturnValue:
    with reading() as session:
        trend = member_trend(session, today())
    labels = [f"{one.day:%Y-%m}" for one in trend]
    full = (gettext("Full members"), [one.full for one in trend])
    probationary = (gettext("Probationary members"), [one.probationary for one in trend])
    return chart_answer(lines(labels, [full, probationary]))
