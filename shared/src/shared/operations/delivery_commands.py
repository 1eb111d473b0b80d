"""``deliveries`` and ``ask-for-snapshot``: what the page Event deliveries shows and decides, at a shell.

Decisions are audited under the name of whoever sits there: ``--by``, else ``$USER``.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from shared.deliveries.kinds import FAILING, KINDS, UNROUTED
from shared.deliveries.words import UNROUTED as UNROUTED_REASONS
from shared.operations import delivery_texts as texts
from shared.principal import Principal
from shared.refusal import NotFound, Refused
from shared.service import Service

if TYPE_CHECKING:
    from shared.database import UnitOfWork
    from shared.runtime import Runtime

Load = Callable[[], Service]
LATE_SECONDS = 300
_as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")
_by = click.option("--by", default=lambda: os.environ.get("USER") or "shell", help="Your name, for the audit [$USER].")
_note = click.option("--reason", default="", help="Why, for whoever looks at it later.")


def commands(load: Load) -> list[click.Command]:
    """The group ``deliveries`` and the command ``ask-for-snapshot`` of one service."""
    group = click.Group(
        "deliveries",
        callback=_summary(load),
        invoke_without_command=True,
        params=_parameters(
            _as_json,
            click.option(
                "--late", default=LATE_SECONDS, show_default=True, help="Seconds after which something waiting is late."
            ),
        ),
        help="What waits, fails, or needs a person; see also the page Event deliveries. Without a command, a summary: "
        "its exit status is 1 when something needs a decision or is late, so that monitoring can ask.",
        short_help="What waits, fails, or needs a person.",
    )
    for add in (_list, _show, _retry, _skip, _resend):
        group.add_command(add(load))
    return [group, _ask(load)]


def _parameters(*options: Any) -> list[click.Parameter]:
    def nothing() -> None: ...

    for option in reversed(options):
        option(nothing)
    return list(reversed(nothing.__click_params__))  # type: ignore[attr-defined]


def _summary(load: Load) -> Any:
    @click.pass_context
    def show(context: click.Context, as_json: bool, late: int) -> None:
        if context.invoked_subcommand is not None:
            return
        from shared.deliveries.summary import summarise

        runtime = _runtime(load)
        with runtime.reading() as session:
            found = summarise(session, runtime.service, runtime.clock())
        click.echo(json.dumps(texts.summary_data(found, late), indent=2) if as_json else texts.summary(found, late))
        sys.exit(1 if texts.worries(found, late) else 0)

    return show


def _list(load: Load) -> click.Command:
    @click.command("list", help="List deliveries of one kind: the next or the newest ones first.")
    @click.option("--kind", type=click.Choice(list(KINDS)), default="attention", show_default=True)
    @click.option("--publisher", help="Only from this service.")
    @click.option("--type", "event_type", help="Only this type, as org.yizhan.membership.person.registered.v1.")
    @click.option("--subject", help="Only this subject, as person/0192….")
    @click.option("--correlation", help="Only this request.")
    @click.option("--words", help="Number of an event, subject or request, or words of the type or the error.")
    @click.option("--since", type=_Moment(), help="Arrived or recorded from then on: 2026-11-23 or 2026-11-23T08:00.")
    @click.option("--until", type=_Moment(), help="… and before then.")
    @click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200))
    @click.option("--cursor", help="Where to go on, as the page before said.")
    @_as_json
    def show(kind: str, event_type: str | None, limit: int, cursor: str | None, as_json: bool, **search: Any) -> None:
        from shared.deliveries.lists import list_page
        from shared.deliveries.searching import Search

        runtime = _runtime(load)
        for name in ("since", "until"):
            if search[name] is not None and search[name].tzinfo is None:
                search[name] = search[name].replace(tzinfo=runtime.settings.time_zone)
        wanted = Search(type=event_type, **search)
        with runtime.reading() as session:
            listed = list_page(session, runtime.service, KINDS[kind], wanted, cursor=cursor, limit=limit)
            now = runtime.clock()
            if as_json:
                rows = [texts.row_data(row) for row in listed.rows]
                click.echo(json.dumps({"kind": kind, "rows": rows, "cursor": listed.cursor}, indent=2))
            else:
                click.echo(texts.listing(KINDS[kind], listed.rows, now))
                if listed.cursor:
                    click.echo(f"\nMore: --cursor {listed.cursor}")

    return show


def _show(load: Load) -> click.Command:
    @click.command("show", help="The story of one event: recorded, published, received, tried, decided on.")
    @click.argument("event_id", type=click.UUID)
    @_as_json
    def show(event_id: UUID, as_json: bool) -> None:
        from shared.deliveries.story import event_story

        runtime = _runtime(load)
        with runtime.reading() as session, _told():
            story = event_story(session, runtime.service, event_id, now=runtime.clock())
            zone = runtime.settings.time_zone
            click.echo(json.dumps(texts.story_data(story), indent=2) if as_json else texts.story(story, zone))

    return show


def _retry(load: Load) -> click.Command:
    @click.command("retry", help="Try failed events again at once: those named, those failing with an error, or all.")
    @click.argument("event_ids", nargs=-1, type=click.UUID)
    @click.option("--error", help="All whose error contains this.")
    @click.option("--all", "everything", is_flag=True, help="All that fail.")
    @_note
    @_by
    def retry(event_ids: tuple[UUID, ...], error: str | None, everything: bool, reason: str, by: str) -> None:
        from shared.deliveries.decisions import retry_events
        from shared.deliveries.failures import failures

        _one_of(event_ids, error, everything, "EVENT_ID, --error or --all")
        with _deciding(load, by) as (runtime, work):
            if event_ids:
                ids = [_received(runtime, work, event_id) for event_id in event_ids]
            elif error:
                ids = [row_id for each in failures(work.session, containing=error) for row_id in each.ids]
            else:
                ids = [row.id for kind in FAILING for row in _all_rows(runtime, work, kind)]
            number = retry_events(work, ids, reason)
        click.echo(f"{number} tried again" if number else "nothing was left to retry")

    return retry


def _skip(load: Load) -> click.Command:
    @click.command("skip", help="Give an event up: it never has an effect here, and what waits behind it goes on.")
    @click.argument("event_id", type=click.UUID)
    @click.option("--reason", required=True, help="Why; it is kept.")
    @_by
    def skip(event_id: UUID, reason: str, by: str) -> None:
        from shared.deliveries.decisions import skip_event

        with _deciding(load, by) as (runtime, work):
            skip_event(work, _received(runtime, work, event_id), reason)
        click.echo("skipped")

    return skip


def _resend(load: Load) -> click.Command:
    @click.command("resend", help="Publish unrouted events again: those named, those with a reason, or all.")
    @click.argument("event_ids", nargs=-1, type=click.UUID)
    @click.option("--because", type=click.Choice(list(UNROUTED_REASONS)), help="All that are unrouted because of this.")
    @click.option("--all", "everything", is_flag=True, help="All that are unrouted.")
    @_note
    @_by
    def resend(event_ids: tuple[UUID, ...], because: str | None, everything: bool, reason: str, by: str) -> None:
        from shared.deliveries.decisions import resend_events
        from shared.deliveries.searching import Search
        from shared.deliveries.story import event_story

        _one_of(event_ids, because, everything, "EVENT_ID, --because or --all")
        with _deciding(load, by) as (runtime, work):
            if event_ids:
                stories = [event_story(work.session, runtime.service, each, now=work.now) for each in event_ids]
                ids = [row.id for story in stories for row in story.sent]
            else:
                ids = [row.id for row in _all_rows(runtime, work, UNROUTED, Search(reason=because))]
            number = resend_events(work, ids, reason)
        click.echo(f"{number} published again" if number else "nothing was left to publish again")

    return resend


def _ask(load: Load) -> click.Command:
    @click.command("ask-for-snapshot", help="Ask PUBLISHER for the present state of what is read from it.")
    @click.argument("publisher")
    @click.option("--noun", help="Only this noun.")
    @click.option("--subject", help="Only this subject, as person/0192….")
    @_note
    @_by
    def ask(publisher: str, noun: str | None, subject: str | None, reason: str, by: str) -> None:
        from shared.deliveries.asking import ask as ask_for

        with _deciding(load, by) as (runtime, work):
            nouns = ask_for(work, runtime.service, publisher, noun=noun, subject=subject, reason=reason)
        for each in nouns:
            click.echo(f"asked {publisher} for {each}" + (f", {subject} alone" if subject else ""))

    return ask


class _Moment(click.ParamType[datetime]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day or time as 2026-11-23 or 2026-11-23T08:00:00+08:00", param, ctx)


def _runtime(load: Load) -> "Runtime":
    from shared.runtime import Runtime

    return Runtime.from_environment(load())


@contextmanager
def _deciding(load: Load, by: str) -> Iterator[tuple["Runtime", "UnitOfWork"]]:
    """A unit of work in the name of whoever sits at the shell; a refusal becomes one line."""
    runtime = _runtime(load)
    with _told(), runtime.unit_of_work(actor=Principal(id=None, name=by, kind="shell")) as work:
        yield runtime, work


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        raise click.ClickException(str(refused)) from refused


def _one_of(ids: tuple[UUID, ...], some: str | None, everything: bool, names: str) -> None:
    if sum((bool(ids), bool(some), everything)) != 1:
        raise click.UsageError(f"say one of {names}")


def _received(runtime: "Runtime", work: "UnitOfWork", event_id: UUID) -> int:
    from shared.deliveries.story import event_story

    received = event_story(work.session, runtime.service, event_id, now=work.now).received
    if received is None:
        raise NotFound("event")
    return received.id


def _all_rows(runtime: "Runtime", work: "UnitOfWork", kind: Any, search: Any = None) -> Iterator[Any]:
    from shared.deliveries.lists import every_row

    return every_row(work.session, runtime.service, kind, search)
