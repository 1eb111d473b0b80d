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
_PARTY = {"zh": "装配车间党支部", "en": "Assembly workshop Party branch"}
_OTHER_PARTY = {"zh": "总装车间党支部", "en": "Final assembly Party branch"}
_DUES: dict[str, Any] = {
    "organisation": _PARTY,
    "month": {"month": "2026-07"},
    "amount": "25.00",
    "due_day": {"day": "2026-07-31"},
}
_TRANSFER: dict[str, Any] = {"from_organisation": _PARTY, "to_organisation": _OTHER_PARTY}
_FLOATING: dict[str, Any] = {"home": _PARTY, "host": _OTHER_PARTY, "day": {"day": "2026-07-01"}}
_SHIFT: dict[str, Any] = {"title": {"zh": "晚间值班", "en": "Evening duty"}, "when": _WHEN, "place": _PLACE}
_DUTY: dict[str, Any] = {**_SHIFT, "role": {"zh": "接待", "en": "reception"}}
_RELEASED = {"own": False, "swapped": False, "cancelled": True, "staff": False}
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
    "activities.activity.changed": {"title": _TITLE},
    "activities.activity.cancelled": {"title": _TITLE, "when": {**_WHEN, "to": None}, "because": "高温停课"},
    "activities.attendance.confirmed": {"title": _TITLE, "minutes": 120, "present": True},
    "facilities.booking.requested": _BOOKING,
    "facilities.duty.assigned": _DUTY,
    "facilities.duty.moved": {**_DUTY, **_MOVED},
    "facilities.duty.released": {**_DUTY, **_RELEASED},
    "facilities.duty.reminder": _DUTY,
    "facilities.shift.opened": {**_SHIFT, "missing": 2},
    "facilities.shift.filled": {**_SHIFT, "missing": None},
    "facilities.shift.understaffed": {**_SHIFT, "missing": 1},
    "facilities.shift.cancelled": {**_SHIFT, "missing": None},
    "membership.dues.due": {**_DUES, "paid_day": None},
    "membership.dues.reversed": {**_DUES, "paid_day": None},
    "membership.dues.paid": {**_DUES, "paid_day": {"day": "2026-07-12"}},
    "membership.transfer.requested": {
        **_TRANSFER, "until_day": {"day": "2026-09-30"}, "day": None, "withdrawn": False, "returned": False,
    },
    "membership.transfer.accepted": {
        **_TRANSFER, "until_day": {"day": "2026-09-30"}, "day": {"day": "2026-07-20"}, "withdrawn": False,
        "returned": False,
    },
    "membership.transfer.returned": {
        **_TRANSFER, "until_day": {"day": "2026-09-30"}, "day": None, "withdrawn": False, "returned": True,
    },
    "membership.floating.registered": _FLOATING,
    "membership.floating.confirmed": _FLOATING,
    "membership.floating.closed": _FLOATING,
    "membership.development.stage-reached": {},
    "membership.development.review-due": {"due_day": {"day": "2026-07-31"}},
    "welfare.relief.submitted": {},
    "welfare.relief.reversed": {},
    "welfare.dispute.unsettled": {},
    BROADCAST: _BROADCAST,
}  # fmt: skip
"""Example facts by event type: what the reactions give to the templates."""


def placeholders_of(event_types: set[str]) -> set[str]:
    """The placeholders that a template may use when it serves all these events."""
    offered = [set(FACTS.get(event_type, {})) for event_type in event_types]
    return (set.intersection(*offered) if offered else set()) | set(ALWAYS_GIVEN)
