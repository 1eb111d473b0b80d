"""Broadcasts of the sample centre: one that waits for a second person, one that is still being written, and one to
those on duty in a shift of the next week.

They are entered as they would stand after staff wrote them: whom they reach is counted when somebody looks at them.
"""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from notifications.broadcasts.models import Broadcast
from notifications.preferences.rules import AFFAIRS, ANNOUNCEMENTS
from shared.database import UnitOfWork
from shared.sample import sample_id
from shared.staff.accounts import find_account

_PARCELS: dict[str, Any] = {
    "title": "夏送清凉物资领取",
    "body": "union",
    "audience": {"kind": "organisation", "organisation_id": str(sample_id("organisation", "UNION")), "below": True},
    "channels": ["sms", "email"],
    "state": "waiting",
    "template_key": "broadcast-notice",
    "values": {
        "what": {"zh": "夏送清凉物资可以领取了", "en": "the summer parcels are ready"},
        "details": {"zh": "请凭工作证领取，每人一份。", "en": "Bring your work card; one parcel each."},
        "when": {"zh": "周三、周四 12:00–18:00", "en": "Wednesday and Thursday, 12:00–18:00"},
        "place": {"zh": "党员接待室", "en": "the reception room"},
        "contact": {"zh": "服务台", "en": "the reception"},
    },
    "texts": {},
}
_WATER: dict[str, Any] = {
    "title": "活动室停水通知",
    "body": "union",
    "audience": {"kind": "organisation", "organisation_id": str(sample_id("organisation", "UNION-1")), "below": True},
    "channels": ["sms"],
    "state": "draft",
    "template_key": None,
    "values": {},
    "texts": {"zh-Hans": {"sms": "((name))您好，周六活动室停水检修，暂停开放一天，敬请谅解。"}},
}
_SHIFT: dict[str, Any] = {
    "title": "值班提醒：请带好钥匙",
    "body": "party",
    "category": AFFAIRS,
    "channels": ["sms"],
    "state": "draft",
    "template_key": None,
    "values": {},
    "texts": {"zh-Hans": {"sms": "((name))您好，下周一值班请到服务台领取活动室钥匙，结束后交回。"}},
}


def _on_duty_next_monday(today: date) -> dict[str, str]:
    """Facilities' sample has a shift there; its name is known once facilities told of it."""
    monday = today + timedelta(days=7 - today.weekday())
    return {"kind": "shift", "shift_id": str(sample_id("shift", monday.isoformat()))}


def add_samples(work: UnitOfWork, zone: ZoneInfo) -> None:
    """Add those that are missing."""
    today = work.now.astimezone(zone).date()
    for plan in (_PARCELS, _WATER, {**_SHIFT, "audience": _on_duty_next_monday(today)}):
        account = find_account(work.session, plan["body"])
        known = sample_id("broadcast", plan["title"])
        if account is None or work.session.get(Broadcast, known) is not None:
            continue
        work.session.add(
            Broadcast(
                id=known,
                kept_hours=72,
                needs_approval=plan["state"] == "waiting",
                author=account.name,
                author_key=f"staff:{account.id}",
                created_at=work.now,
                **_handed_in(work, plan["state"], account),
                version=1,
                **{"category": ANNOUNCEMENTS, **plan},
            )
        )


def _handed_in(work: UnitOfWork, state: str, account: Any) -> dict[str, Any]:
    if state != "waiting":
        return {}
    return {"handed_in_at": work.now, "handed_in_by": account.name, "handed_in_key": f"staff:{account.id}"}
