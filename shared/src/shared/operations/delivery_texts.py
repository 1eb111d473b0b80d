"""How deliveries are written at a shell: aligned lines that need no colour, and the same as data for programs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.database.tables import InboxRow, OutboxRow, RefusedMessage
from shared.deliveries.kinds import UNPUBLISHED, URGENT, WAITING, Kind
from shared.deliveries.lists import COUNTED
from shared.deliveries.story import Moment, Story, publishing_state
from shared.deliveries.summary import Summary
from shared.deliveries.words import STATES, refused_words, unrouted_words
from shared.events.envelope import TYPE_PREFIX, rfc3339

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_WIDEST = 100


def length(span: timedelta) -> str:
    """A length of time, rounded down to its largest unit: ``3 h``."""
    seconds = span.total_seconds()
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(round(seconds * 1000), 0)} ms"


def worries(found: Summary, late: int) -> list[str]:
    """What somebody has to look at: kinds that need a decision, and queues in which something has waited too long."""
    urgent = [kind.label for kind in URGENT if found.counts[kind.name]]
    limit = timedelta(seconds=late)
    slow = [kind.label for kind in (WAITING, UNPUBLISHED) if found.oldest.get(kind.name, timedelta(0)) > limit]
    return [*(["The broker's permissions"] if found.forbidden else []), *urgent, *slow]


def summary(found: Summary, late: int) -> str:
    """One line a kind, worst first, and the failures behind them."""
    worried = worries(found, late)
    busy = any(found.counts.values())
    lines = ["Needs somebody: " + ", ".join(label.lower() for label in worried) if worried else _calm(busy), ""]
    width = max(len(label) for label in found.labels.values())
    for name, label in found.labels.items():
        count = found.counts[name]
        age = found.oldest.get(name)
        number = f">{COUNTED}" if count > COUNTED else str(count)
        lines.append(f"  {label:<{width}}  {number:>6}" + (f"  oldest {length(age)}" if age is not None else ""))
    if found.forbidden:
        lines += ["", "Missing permissions"]
        lines += [f"  {each}" for each in found.forbidden]
    if found.failures:
        lines += ["", "Failing because of"]
        lines += [f"  {each.count:>6} x  {_short(each.words)}" for each in found.failures[:10]]
    return "\n".join(lines)


def _calm(busy: bool) -> str:
    return "Events are on their way." if busy else "Everything has been delivered."


def summary_data(found: Summary, late: int) -> dict[str, Any]:
    return {
        "needs_somebody": worries(found, late),
        "kinds": {
            name: {
                "count": min(count, COUNTED),
                "more": count > COUNTED,
                "oldest_seconds": round(found.oldest[name].total_seconds(), 1) if name in found.oldest else None,
            }
            for name, count in found.counts.items()
        },
        "forbidden": [
            {"what": str(each), "action": each.action, **each.facts, "since": rfc3339(since)}
            for each, since in found.forbidden.items()
        ],
        "failures": [
            {"error": each.words, "count": each.count, "attention": each.attention} for each in found.failures
        ],
    }


def listing(kind: Kind, rows: Sequence[Any], now: datetime) -> str:
    """A table of rows; a sentence when there are none."""
    if not rows:
        return f"{kind.label}: none"
    return _table([_cells(row, now) for row in rows])


def _cells(row: Any, now: datetime) -> list[str]:
    if isinstance(row, RefusedMessage):
        return [f"refused {row.id}", length(now - row.received_at), row.queue, f"{row.size} B", _short(row.detail)]
    if isinstance(row, OutboxRow):
        why = unrouted_words(row.unrouted_because)[0] if row.unrouted_at else publishing_state(row)
        return [str(row.event_id), length(now - row.recorded_at), _type(row.type), row.subject, why]
    said = f"{row.attempts} x {row.error}" if row.attempts and row.error else STATES[row.status].lower()
    return [str(row.event_id), length(now - row.received_at), _type(row.type), row.subject, _short(said)]


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def row_data(row: Any) -> dict[str, Any]:
    """A row without its body."""
    if isinstance(row, RefusedMessage):
        return {
            "id": row.id,
            "queue": row.queue,
            "reason": row.reason,
            "reason_in_words": refused_words(row.reason)[0],
            "detail": row.detail,
            "size": row.size,
            "type": row.type,
            "received_at": rfc3339(row.received_at),
        }
    common = {
        "event_id": str(row.event_id),
        "type": row.type,
        "subject": row.subject,
        "subjectversion": row.subjectversion,
        "correlation_id": row.correlation_id,
    }
    if isinstance(row, InboxRow):
        return common | {
            "source": row.source,
            "status": row.status,
            "attempts": row.attempts,
            "error": row.error,
            "received_at": rfc3339(row.received_at),
            "next_attempt_at": rfc3339(row.next_attempt_at) if row.status == "waiting" else None,
            "finished_at": rfc3339(row.finished_at) if row.finished_at else None,
        }
    return common | {
        "exchange": row.exchange,
        "routing_key": row.routing_key,
        "state": publishing_state(row),
        "unrouted_because": row.unrouted_because,
        "recorded_at": rfc3339(row.recorded_at),
        "published_at": rfc3339(row.published_at) if row.published_at else None,
    }


def story(told: Story, zone: ZoneInfo) -> str:
    """The timeline of one event, and what belongs to it."""
    row = told.row
    lines = [f"{_type(row.type)}  {row.subject}  version {row.subjectversion}", f"event    {told.event_id}"]
    lines.append(f"request  {row.correlation_id or '-'}")
    if told.cause:
        lines.append(f"cause    {told.cause}")
    if told.received is not None:
        lines.append(f"state    {STATES[told.received.status].lower()}")
        if told.received.error:
            lines.append(f"error    {told.received.error}")
    if told.waits is not None:
        lines.append(f"why      {_filled(told.waits.text, told.waits.facts, zone)}")
        if told.waits.first is not None:
            lines.append(f"first    {told.waits.first.event_id}")
        lines.append(f"behind   {told.waits.behind}")
    lines.append("")
    lines += [f"{_local(moment.at, zone)}  {_moment(moment, zone)}" for moment in told.moments]
    if told.caused:
        lines += ["", "It led to"]
        lines += [f"  {each.event_id}  {_type(each.type)}  {each.subject}  {each.state}" for each in told.caused]
        lines += ["  …"] if told.more_caused else []
    return "\n".join(lines)


def story_data(told: Story) -> dict[str, Any]:
    waits = told.waits
    return {
        "event_id": str(told.event_id),
        "sent": [row_data(row) for row in told.sent],
        "received": row_data(told.received) if told.received else None,
        "cause": told.cause,
        "waits": None if waits is None else {"why": waits.text % _plain(waits.facts), "behind": waits.behind},
        "moments": [
            {
                "at": rfc3339(moment.at),
                "what": moment.text % _plain(moment.facts),
                "who": moment.who,
                "reason": moment.words,
                "after_seconds": moment.after.total_seconds() if moment.after is not None else None,
            }
            for moment in told.moments
        ],
        "caused": [
            {"event_id": str(each.event_id), "type": each.type, "subject": each.subject, "state": each.state}
            for each in told.caused
        ],
    }


def _moment(moment: Moment, zone: ZoneInfo) -> str:
    said = _filled(moment.text, moment.facts, zone)
    after = f" (after {length(moment.after)})" if moment.after is not None else ""
    who = f" by {moment.who}" if moment.who else ""
    return f"{said}{after}{who}{f': {moment.words}' if moment.words else ''}"


def _filled(text: str, facts: Mapping[str, Any], zone: ZoneInfo) -> str:
    return text % {name: _local(value, zone) if isinstance(value, datetime) else value for name, value in facts.items()}


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in facts.items()}


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _type(event_type: str) -> str:
    return event_type.removeprefix(TYPE_PREFIX)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _WIDEST else flat[: _WIDEST - 1] + "…"
