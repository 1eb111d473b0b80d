"""One event: its story across outbox, bus and inbox, and what can be decided about it; and the story of a request."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from shared.database.tables import InboxRow
from shared.deliveries import decisions
from shared.deliveries.asking import offers
from shared.deliveries.bodies import bodies_told, demand_oversight, oversees
from shared.deliveries.story import Story, event_story, publishing_state, whole_story
from shared.refusal import NotFound, Refused
from shared.web.context import principal, reading, runtime, unit_of_work
from shared.web.deliveries.blueprint import ReasonForm, blueprint, elsewhere, event_url, tell_number, tell_refusal
from shared.web.forms import fill_errors
from shared.web.guards import requires


@blueprint.get("/events/<uuid:event_id>")
@requires("manager")
def show_event(event_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        try:
            story = event_story(session, runtime().service, event_id, now=runtime().clock(), who=principal())
        except NotFound:
            path = f"/deliveries/events/{event_id}"
            return render_template("kit/deliveries/unknown.html", event_id=event_id, places=elsewhere(path)), 404
        return render_template(
            "kit/deliveries/event.html",
            story=story,
            row=story.row,
            may_read=oversees(principal(), "admin", bodies_told(story.row)),
            publishing_state=publishing_state,
            askable=_askable(story),
            places=_places(story),
        )


@blueprint.get("/requests/<path:correlation_id>")
@requires("manager")
def show_request(correlation_id: str) -> ResponseReturnValue:
    with reading() as session:
        related, more = whole_story(session, correlation_id, principal())
        return render_template(
            "kit/deliveries/request.html",
            correlation_id=correlation_id,
            related=related,
            more=more,
            places=elsewhere(url_for(".show_request", correlation_id=correlation_id)),
        )


@blueprint.post("/events/<uuid:event_id>/retry")
@requires("manager")
def retry(event_id: UUID) -> ResponseReturnValue:
    try:
        with unit_of_work() as work:
            decisions.retry_event(work, _received(work.session, event_id).id)
    except Refused as refused:
        tell_refusal(refused)
    else:
        flash(gettext("It is tried again now."), "success")
    return redirect(event_url(event_id), 303)


@blueprint.route("/events/<uuid:event_id>/skip", methods=["GET", "POST"])
@requires("manager")
def skip(event_id: UUID) -> ResponseReturnValue:
    """Ask once, with a reason: a skipped event has no effect here, ever."""
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                received = _received(work.session, event_id)
                demand_oversight(work.session, principal(), received)
                decisions.skip_event(work, received.id, form.reason.data)
        except Refused as refused:
            if refused.status != 422:
                tell_refusal(refused)
                return redirect(event_url(event_id), 303)
            fill_errors(form, refused)
        else:
            flash(gettext("The event was skipped; what waited behind it goes on."), "success")
            return redirect(event_url(event_id), 303)
    with reading() as session:
        story = event_story(session, runtime().service, event_id, now=runtime().clock(), who=principal())
        demand_oversight(session, principal(), story.row)
        if story.waits is None or story.waits.first is not None:
            return redirect(event_url(event_id), 303)
        page = render_template("kit/deliveries/skip.html", story=story, row=story.row, waits=story.waits, form=form)
    return page, 422 if form.errors else 200


@blueprint.post("/events/<uuid:event_id>/resend")
@requires("manager")
def resend(event_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        story = event_story(work.session, runtime().service, event_id, now=work.now)
        number = decisions.resend_events(work, [row.id for row in story.sent if row.unrouted_at])
    tell_number(number, "%(num)s event is published again.", "%(num)s events are published again.")
    return redirect(event_url(event_id), 303)


def _received(session: Session, event_id: UUID) -> InboxRow:
    story = event_story(session, runtime().service, event_id, now=runtime().clock(), who=principal())
    if story.received is None:
        raise NotFound("event")
    return story.received


def _askable(story: Story) -> str | None:
    """The address of the page that asks for this subject's present state, where this service may ask for it."""
    if story.received is None:
        return None
    publisher = story.received.source.rpartition("/")[2]
    noun = story.received.subject.partition("/")[0]
    if not offers(runtime().service, publisher, noun):
        return None
    return url_for(".ask_for_snapshots", what=f"{publisher}.{noun}", subject=story.received.subject)


def _places(story: Story) -> list[tuple[str, Any]]:
    """Where else this event can be seen: its publisher, or whoever may have received it."""
    path = f"/deliveries/events/{story.event_id}"
    if story.received is not None:
        return elsewhere(path, story.received.source.rpartition("/")[2])
    exchange = story.sent[0].exchange
    if exchange.endswith(".requests"):
        return elsewhere(path, exchange.removesuffix(".requests"))
    if exchange.endswith((".contacts", ".snapshots")) or len(story.sent) > 1:
        return [place for row in story.sent for place in elsewhere(path, _consumer(row.routing_key, exchange))]
    return elsewhere(path)


def _consumer(routing_key: str, exchange: str) -> str | None:
    if exchange.endswith(".contacts"):
        return "notifications"
    return routing_key.partition(".")[0]
