"""The first page: what needs somebody now, the figures of the day, and whether nothing is lost."""

from datetime import datetime, time, timedelta
from urllib.parse import urlsplit, urlunsplit

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_timedelta, gettext
from sqlalchemy.orm import Session

from notifications.costs.queries import costs_by_body
from notifications.messages.pages import word
from notifications.messages.queries import conservation, counts_since, queue_ages, select_messages
from notifications.messages.today_queries import DayCount, counts_by_day, needs_of
from notifications.providers.queries import provider_states
from notifications.sending.settings import SendingSettings
from notifications.sending.spending import budget_now, month_of
from shared.web import paginate, principal, reading, requires, runtime
from shared.web.charts import chart_answer, columns

blueprint = Blueprint("today_pages", __name__, template_folder="templates")


@blueprint.get("/")
@requires("viewer")
def today() -> ResponseReturnValue:
    """What needs somebody now, and the figures of the day."""
    now = runtime().clock()
    zone = runtime().settings.time_zone
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    month = month_of(runtime())
    settings = SendingSettings.of(runtime().settings)
    with reading() as session:
        law = conservation(session, principal())
        ages = queue_ages(session, now)
        providers = provider_states(session, settings, month)
        budget = budget_now(runtime(), session, settings)
        return render_template(
            "messages/today.html",
            needs=needs_of(session, principal(), now, law=law, ages=ages, providers=providers, budget=budget),
            counts=counts_since(session, midnight, principal()),
            law=law,
            difference=law.accepted - sum(law.states.values()),
            shown_states=[(word("STATES", state), count) for state, count in law.states.items()],
            shown_ages=[(word("LANES", lane), _age(age)) for lane, age in ages.items()],
            latest=paginate(session, select_messages(principal()), {"limit": 10}).items,
            mailbox=_mailbox_address(settings),
            providers=providers,
            budget=budget,
            costs=costs_by_body(session, month, principal()),
            week=_week(session),
        )


@blueprint.get("/week.svg")
@requires("viewer")
def week_chart() -> ResponseReturnValue:
    """What was sent and what failed, by day."""
    with reading() as session:
        days = _week(session)
    sent = (gettext("Sent"), [one.sent for one in days])
    failed = (gettext("Failed"), [one.failed for one in days])
    return chart_answer(columns([format_date(one.day, "E d") for one in days], [sent, failed]))


def _week(session: Session) -> list[DayCount]:
    """The seven days until today."""
    zone = runtime().settings.time_zone
    today_ = runtime().clock().astimezone(zone).date()
    return counts_by_day(session, [today_ - timedelta(days=back) for back in range(6, -1, -1)], zone, principal())


def _age(seconds: float) -> str:
    return format_timedelta(timedelta(seconds=seconds)) if seconds else gettext("nothing waits")


def _mailbox_address(settings: SendingSettings) -> str | None:
    """Where the development mailbox shows what was sent; None in production and with a real gateway."""
    if runtime().settings.production or not settings.sms_providers:
        return None
    parts = urlsplit(settings.sms_providers[0].url)
    return urlunsplit((parts.scheme, parts.netloc, "/", "", ""))
