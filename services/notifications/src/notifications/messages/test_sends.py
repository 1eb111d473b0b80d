"""Sending a text to oneself, to see it where recipients see it: on the way of every message, and counted apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from notifications.messages.drafts import Drafts
from notifications.messages.models import Message, Notice
from notifications.messages.rules import LANES, TEST_EVENT
from notifications.preferences.rules import AFFAIRS
from notifications.wording.approvals import Approval
from notifications.wording.commands import publish_copy
from notifications.wording.queries import TEST_COPY
from shared.database import UnitOfWork
from shared.identifiers import new_id
from shared.principal import ALL_BODIES
from shared.refusal import Refused
from shared.texts import N_

MOST_A_DAY = 20
_WORTH_SENDING = timedelta(hours=1)
_MARKS = {"zh-Hans": ("【测试】", "（测试）"), "en": ("[Test] ", "(Test) ")}
"""Before the subject of a mail, and before the text of an SMS that needs no approval."""


@dataclass(frozen=True)
class Trial:
    """A text and the values that fill it."""

    key: str
    channel: str
    language: str
    subject: str
    body: str
    facts: Mapping[str, Any]
    approvals: tuple[Approval, ...] = field(default=())


def send_test(work: UnitOfWork, trial: Trial) -> Message:
    """Queue the text for the actor's own address, marked as a test.

    Refused when the account is tied to no person, the person cannot be reached by this channel, or too many were sent
    today; also with every broken rule of the text. Who may be written to is decided right before sending, as always.
    """
    work.actor.demand("manager", ALL_BODIES)
    person = work.actor.person_id
    if person is None:
        raise Refused("no-person", N_("Your account is tied to no person, so nobody knows where to send it."))
    since = work.now - timedelta(days=1)
    sent = select(func.count()).where(
        Notice.person_id == person, Notice.event_type == TEST_EVENT, Notice.created_at > since
    )
    if (work.session.scalar(sent) or 0) >= MOST_A_DAY:
        raise Refused("too-many-tests", N_("At most %(most)s tests a day."), most=MOST_A_DAY)
    subject_mark, sms_mark = _MARKS[trial.language]
    copy = publish_copy(
        work, trial.key, trial.channel, trial.language,
        subject=f"{subject_mark}{trial.subject}", body=trial.body, approvals=trial.approvals,
        mark="" if trial.channel == "email" else sms_mark,
    )  # fmt: skip
    test_id = new_id()
    drafts = Drafts(work)
    drafts.look_up([person])
    notice = drafts.add(
        {
            "event_id": test_id,
            "event_type": TEST_EVENT,
            "event_time": work.now,
            "subject": f"test/{test_id}",
            "correlation_id": work.correlation_id,
            "traceparent": work.traceparent,
            "rule_key": TEST_COPY.rstrip(":"),
            "rule_version": 0,
            "template_key": copy.key,
            "channels": [trial.channel],
            "lane": LANES["urgent"],
            "category": AFFAIRS,
            "subject_version": 1,
            "passes_quiet_hours": True,
            "body": None,
            "facts": dict(trial.facts),
            "expires_at": work.now + _WORTH_SENDING,
        },
        test_id,
        person,
        about=person,
    )
    drafts.step(notice, "tested", who=work.actor.name)
    drafts.resolve(notice)
    if not notice["accepted"]:
        raise Refused("not-reachable", N_("You cannot be reached by this channel."), status=422)
    drafts.write()
    work.session.flush()
    work.audit("template-tested", f"template/{copy.id}", key=trial.key, channel=trial.channel)
    return work.session.scalars(select(Message).where(Message.notice_id == notice["id"])).one()
