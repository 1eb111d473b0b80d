"""Which facts each event offers to templates, with examples for previews. Pure."""

from typing import Any

from notifications.wording.values import ALWAYS_GIVEN

_TITLE = {"zh": "小候鸟暑期班", "en": "Little migratory birds summer class"}
_WHEN = {"from": "2026-07-15T01:00:00+00:00", "to": "2026-07-15T03:00:00+00:00"}
_PLACE = {"zh": "活动室", "en": "Activity room"}
_REGISTRATION: dict[str, Any] = {"title": _TITLE, "when": _WHEN, "place": _PLACE}
_BOOKING: dict[str, Any] = {"resource": {"zh": "阅览室", "en": "Reading room"}, "when": _WHEN}
_MEMBERSHIP: dict[str, Any] = {
    "organisation": {"zh": "装配车间党支部", "en": "Assembly workshop Party branch"},
    "body_name": {"zh": "党建", "en": "Party-building office"},
    "day": {"day": "2026-07-01"},
}
_MOVED = {
    "was_when": {"from": "2026-07-13T01:00:00+00:00", "to": "2026-07-13T03:00:00+00:00"},
    "was_place": {"zh": "阅览室", "en": "Reading room"},
}
_REASON = {"because": "高温停课", "because_short": "高温停课"}
_ENDED = {"activity_cancelled": True, "own": False, "staff": False, **_REASON}

BROADCAST = "notifications.broadcast"
BROADCAST_TEMPLATES = ("broadcast-notice", "broadcast-change")
"""What staff fill in themselves and send to many."""
OWN_TEXT = "own/"
"""How the keys of texts begin that were written for one broadcast."""
_BROADCAST: dict[str, Any] = {
    "what": {"zh": "夏送清凉物资领取", "en": "Summer coolness parcels"},
    "details": {"zh": "请凭工作证领取，每人一份。", "en": "Bring your work card; one parcel each."},
    "when": {"zh": "7月15日（周三）14:00–16:00", "en": "Wed 15 July 2026, 14:00–16:00"},
    "place": {"zh": "活动室", "en": "Activity room"},
    "contact": {"zh": "服务台", "en": "the reception"},
}

_LINES = {
    "zh": "1. 您已成功报名“小候鸟暑期班”\n2. 预约成功：阅览室",
    "en": "1. Registration confirmed\n2. Booking confirmed",
}

FACTS: dict[str, dict[str, Any]] = {
    "activities.registration.confirmed": _REGISTRATION,
    "activities.registration.waitlisted": {**_REGISTRATION, "waiting_number": 3},
    "activities.registration.promoted": _REGISTRATION,
    "activities.registration.moved": {**_REGISTRATION, **_MOVED, "state": "confirmed"},
    "activities.registration.cancelled": {**_REGISTRATION, "was": "confirmed", **_ENDED},
    "facilities.booking.confirmed": _BOOKING,
    "facilities.booking.moved": _BOOKING,
    "facilities.booking.cancelled": _BOOKING,
    "facilities.booking.refused": _BOOKING,
    "welfare.talk.scheduled": {"when": _WHEN},
    "welfare.talk.moved": {"when": _WHEN},
    "welfare.talk.cancelled": {"when": _WHEN},
    "welfare.relief.decided": {},
    "welfare.relief.paid": {},
    "welfare.dispute.opened": {},
    "welfare.dispute.settled": {},
    "notifications.digest": {"count": 2, "lines": _LINES},
    "activities.registration.reminder": _REGISTRATION,
    "facilities.booking.reminder": _BOOKING,
    "welfare.talk.reminder": {"when": _WHEN},
    "membership.membership.started": _MEMBERSHIP,
    "membership.membership.ended": _MEMBERSHIP,
    BROADCAST: _BROADCAST,
}
"""Example facts by event type: what the reactions give to the templates."""


def placeholders_of(event_types: set[str]) -> set[str]:
    """The placeholders that a template may use when it serves all these events."""
    offered = [set(FACTS.get(event_type, {})) for event_type in event_types]
    return (set.intersection(*offered) if offered else set()) | set(ALWAYS_GIVEN)
