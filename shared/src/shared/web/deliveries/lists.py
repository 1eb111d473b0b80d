"""The lists: what waits and fails and was refused, by kind, with filters in the address; and deciding on many."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from shared.deliveries import decisions
from shared.deliveries.failures import Failure, failures, find_failure
from shared.deliveries.forbidden import forbidden_now
from shared.deliveries.kinds import FAILING, FROM_OTHERS, KINDS, OUR_OWN, UNROUTED, URGENT, Kind
from shared.deliveries.lists import COUNTED, behind, counts, every_row, list_page, types_of
from shared.deliveries.searching import Search, as_uuid
from shared.deliveries.story import event_story
from shared.deliveries.words import REFUSED
from shared.deliveries.words import UNROUTED as UNROUTED_REASONS
from shared.principal import ALL_BODIES
from shared.refusal import NotFound
from shared.web.context import principal, reading, runtime, unit_of_work
from shared.web.deliveries.blueprint import NoteForm, blueprint, event_url, tell_number
from shared.web.guards import requires
from shared.web.paging import address_with
from shared.web.wording import service_name

FILTERS = ("q", "publisher", "type", "subject", "correlation", "reason", "error", "since", "until")
SUBJECTS_NAMED = 12


@blueprint.get("/")
@requires("manager")
def list_deliveries() -> ResponseReturnValue:
    search = _search()
    if search.correlation and search.narrow:
        return redirect(url_for(".show_request", correlation_id=search.correlation))
    service = runtime().service
    with reading() as session:
        found = as_uuid(search.words or "")
        if found is not None and _is_event(session, found):
            return redirect(event_url(found))
        counted = counts(session, service, search)
        kind = _kind(counted)
        listed = list_page(session, service, kind, search, cursor=request.args.get("cursor"))
        shared_failures = failures(session) if kind in FAILING else []
        return render_template(
            "kit/deliveries/list.html",
            kind=kind,
            groups=(FROM_OTHERS, OUR_OWN),
            counts=counted,
            most_counted=COUNTED,
            full=not search.narrow,
            in_all=counted if search.empty else counts(session, service),
            urgent={each.name for each in URGENT},
            listed=listed,
            behind=behind(session, listed.rows) if kind in FAILING else {},
            failures=[each for each in shared_failures if each.count > 1 or search.error][:8],
            failure=next((each for each in shared_failures if each.digest == search.error), None),
            reasons=_reasons(kind),
            publishers=_publishers(),
            types=types_of(session, service, kind),
            search=search,
            kept=_kept(),
            forbidden=forbidden_now(session),
            next_page=address_with(cursor=listed.cursor) if listed.cursor else None,
            first_page=address_with(cursor=None) if request.args.get("cursor") else None,
        )


@blueprint.post("/retry")
@requires("manager")
def retry_chosen() -> ResponseReturnValue:
    with unit_of_work() as work:
        number = decisions.retry_events(work, _chosen())
    tell_number(number, "%(num)s event is tried again now.", "%(num)s events are tried again now.")
    return _back_to_list()


@blueprint.route("/retry/<digest>", methods=["GET", "POST"])
@requires("manager")
def retry_failure(digest: str) -> ResponseReturnValue:
    """Ask once before many events are tried again, and say which."""
    form = NoteForm()
    if form.validate_on_submit():
        with unit_of_work() as work:
            number = decisions.retry_failure(work, digest, form.reason.data or "")
        tell_number(number, "%(num)s event is tried again now.", "%(num)s events are tried again now.")
        return redirect(url_for(".list_deliveries", kind="retrying"), 303)
    with reading() as session:
        failure = find_failure(session, digest)
        if failure is None:
            tell_number(0, "", "")
            return redirect(url_for(".list_deliveries"), 303)
        page = render_template(
            "kit/deliveries/retry.html", failure=failure, form=form, named=_named(failure), full=not _search().narrow
        )
    return page, 422 if form.errors else 200


@blueprint.post("/unrouted/resend")
@requires("manager")
def resend_chosen() -> ResponseReturnValue:
    with unit_of_work() as work:
        number = decisions.resend_events(work, _chosen())
    tell_number(number, "%(num)s event is published again.", "%(num)s events are published again.")
    return _back_to_list("unrouted")


@blueprint.route("/unrouted/resend/<reason>", methods=["GET", "POST"])
@requires("manager")
def resend_all(reason: str) -> ResponseReturnValue:
    """Ask once before everything that found no queue for the same reason is published again."""
    if reason not in UNROUTED_REASONS:
        raise NotFound("event")
    form, search = NoteForm(), Search(reason=reason)
    service = runtime().service
    if form.validate_on_submit():
        with unit_of_work() as work:
            ids = [row.id for row in every_row(work.session, service, UNROUTED, search)]
            number = decisions.resend_events(work, ids, form.reason.data or "")
        tell_number(number, "%(num)s event is published again.", "%(num)s events are published again.")
        return redirect(url_for(".list_deliveries", kind="unpublished"), 303)
    with reading() as session:
        number = counts(session, service, search)["unrouted"]
        listed = list_page(session, service, UNROUTED, search, limit=SUBJECTS_NAMED)
        page = render_template(
            "kit/deliveries/resend.html", reason=reason, number=number, form=form, rows=listed.rows, most=COUNTED
        )
    return page, 422 if form.errors else 200


@blueprint.post("/refused/noted")
@requires("manager")
def note_chosen() -> ResponseReturnValue:
    with unit_of_work() as work:
        number = decisions.note_refused(work, _chosen())
    tell_number(number, "%(num)s message is noted.", "%(num)s messages are noted.")
    return _back_to_list("refused")


def _search() -> Search:
    given = {name: request.args.get(name, "").strip()[:300] or None for name in FILTERS}
    return Search(
        publisher=given["publisher"],
        type=given["type"],
        subject=given["subject"],
        correlation=given["correlation"],
        reason=given["reason"],
        error=given["error"],
        words=given["q"],
        since=_day(given["since"]),
        until=_day(given["until"], days=1),
        narrow=not principal().allows("manager", ALL_BODIES),
    )


def _day(text: str | None, days: int = 0) -> datetime | None:
    """A day of the centre's calendar (as the form gives it) or a moment (as a link may); what is neither counts as
    absent. ``days`` later, for the end of a day that is included."""
    zone = runtime().settings.time_zone
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        try:
            moment = datetime.fromisoformat(text or "")
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return datetime.combine(day + timedelta(days=days), time(), zone)


def _kind(counted: dict[str, int]) -> Kind:
    """The kind that is asked for, else the first one of which there are any, in the order of urgency."""
    asked = KINDS.get(request.args.get("kind", ""))
    if asked is not None:
        return asked
    first = (*URGENT, *(kind for kind in KINDS.values() if kind.open))
    return next((kind for kind in first if counted[kind.name]), KINDS["attention"])


def _is_event(session: Any, number: Any) -> bool:
    try:
        event_story(session, runtime().service, number, now=runtime().clock())
    except NotFound:
        return False
    return True


def _reasons(kind: Kind) -> list[tuple[str, str]]:
    known = {"unrouted": UNROUTED_REASONS, "refused": REFUSED, "noted": REFUSED}.get(kind.name, {})
    return [(reason, words[0]) for reason, words in known.items()]


def _publishers() -> list[tuple[str, str]]:
    names = dict.fromkeys(reactions.publisher for reactions in runtime().service.reactions)
    return [(name, service_name(name)) for name in names]


def _kept() -> dict[str, str]:
    """The filters of the address, without kind and place in the list."""
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}


def _named(failure: Failure) -> list[str]:
    return list(failure.subjects[:SUBJECTS_NAMED])


def _chosen() -> list[int]:
    return [int(value) for value in request.form.getlist("id")[:500] if value.isascii() and value.isdigit()]


def _back_to_list(kind: str | None = None) -> ResponseReturnValue:
    """To the list that the form came from, with its filters."""
    kept: dict[str, Any] = {name: request.form.get(f"keep_{name}") for name in FILTERS}
    return redirect(url_for(".list_deliveries", kind=request.form.get("keep_kind") or kind, **kept), 303)
