"""The rules of messages: identities, freshness, expiry, the usual quiet hours, backoff. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

_NAMESPACE = UUID("6d0f8a52-3a0b-5a58-9a53-6a4f7d1c2e90")
STATES = ("pending", "sending", "sent", "failed", "unknown", "suppressed", "expired", "cancelled")
FINAL_STATES = ("sent", "failed", "suppressed", "expired", "cancelled")
CHANNELS = ("sms", "email")
LANES = {"urgent": 0, "normal": 1, "bulk": 2}
TEST_EVENT = "notifications.template.tested"
"""What staff send to themselves to see a text: counted apart."""


def notice_id(event_id: UUID | str, rule: str, recipient: UUID | str, occurrence: str = "") -> UUID:
    """The id of "this person is to learn of this event by this rule"; a repeated event has the same."""
    return uuid5(_NAMESPACE, f"{event_id}|{rule}|{recipient}|{occurrence}")


def message_id(event_id: UUID | str, recipient: UUID | str, channel: str, template: str, occurrence: str = "") -> UUID:
    """The id of a message: the same for a redelivered or replayed event, so that it adds nothing."""
    return uuid5(_NAMESPACE, f"{event_id}|{recipient}|{channel}|{template}|{occurrence}")


@dataclass(frozen=True)
class QuietHours:
    """No message is sent from `start` until `end`, in the centre's zone; `start` may be later than `end`."""

    start: time
    end: time
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str, zone: ZoneInfo) -> "QuietHours | None":
        """``22:00-08:00``; ``none`` or an empty text means no quiet hours. Raises ValueError."""
        if text.strip().lower() in ("", "none"):
            return None
        start, _, end = text.partition("-")
        hours = cls(time.fromisoformat(start.strip()), time.fromisoformat(end.strip()), zone)
        if hours.start == hours.end:
            raise ValueError("quiet hours must not begin and end at the same time")
        return hours

    def covers(self, moment: datetime) -> bool:
        clock = moment.astimezone(self.zone).time()
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def release(self, moment: datetime) -> datetime:
        """The first moment from `moment` on that is not quiet."""
        if not self.covers(moment):
            return moment
        local = moment.astimezone(self.zone)
        day = local.date() if local.time() < self.end else local.date() + timedelta(days=1)
        return datetime.combine(day, self.end, self.zone).astimezone(moment.tzinfo)


def backoff(
    tries: int, jitter: Callable[[], float], *, first: timedelta, longest: timedelta = timedelta(hours=1)
) -> timedelta:
    """How long to wait after the failed try number `tries` (from 1).

    Doubles from `first` up to `longest`; the jitter (0..1) takes away at most half of it.
    """
    full: timedelta = min(first * int(2 ** min(tries - 1, 30)), longest)
    return full / 2 + full / 2 * jitter()


def too_old(event_time: datetime, now: datetime, freshness: timedelta) -> bool:
    """Whether an event happened so long ago that telling people of it would only confuse them."""
    return now - event_time > freshness


def expiry(now: datetime, starts_at: datetime | None, longest: timedelta) -> datetime:
    """When a message becomes useless: at the start of what it is about, at the latest after `longest`."""
    latest = now + longest
    return min(starts_at, latest) if starts_at is not None else latest
