"""The two halves of a sender's transaction, the long way: for whatever is not simply begun or simply sent."""

from dataclasses import dataclass
from datetime import timedelta
from random import random

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from notifications.contacts.models import Contact
from notifications.messages.models import Message
from notifications.messages.opting_out import why_unwanted
from notifications.messages.rules import backoff
from notifications.messages.steps import add_step
from notifications.messages.superseding import OLDER_IS_ON_ITS_WAY
from notifications.published import MESSAGE_FAILED, MESSAGE_SENT, MESSAGE_SUPPRESSED
from notifications.quiet_hours.queries import Hours
from notifications.quiet_hours.rules import departure
from notifications.receipts.commands import apply_early_receipt
from notifications.reminders.models import ReminderRule
from notifications.rules.models import Rule
from notifications.sending.claims import Held, hold_again
from notifications.sending.outcomes import Outcome
from notifications.sending.settings import SendingSettings
from notifications.subjects.outdated import why_outdated
from notifications.suppressions.commands import in_force, suppress
from shared.database import UnitOfWork
from shared.database.leases import database_now
from shared.events import EventType

_AFTER_OLDER = timedelta(seconds=0.5)


@dataclass(frozen=True)
class Ready:
    """A message that may be handed over now. `asks` means: first ask the provider whether it has it already."""

    held: Held
    asks: bool = False


class Turns:
    """Begins and settles messages inside a unit of work that the sender opened."""

    def __init__(self, settings: SendingSettings, dialect: str, hours: Hours) -> None:
        self._settings = settings
        self._hours = hours
        self._dialect = dialect

    def begin(self, work: UnitOfWork, held: Held) -> Ready | None:
        """Check once more that the message may go out, and note that it may be on its way from now on.

        None when another sender took the row over, or when it is not to be sent (now).
        """
        found = work.session.execute(
            select(Message, OLDER_IS_ON_ITS_WAY)
            .where(
                Message.id == held.id,
                Message.attempt == held.attempt,
                Message.state == "sending",
                Message.due_at > database_now(self._dialect),
            )
            .options(joinedload(Message.notice), joinedload(Message.contact))
            .with_for_update(of=Message)
        ).one_or_none()
        if found is None:
            return None
        message, older_is_on_its_way = found
        recipient = message.contact
        if message.on_wire and message.delivery is not None:
            self._sent(work, message, Outcome("sent", "receipt", message.provider or ""))
        elif not message.on_wire and older_is_on_its_way:
            self._wait(message, _AFTER_OLDER)
        elif message.on_wire and message.channel == "sms":
            message.due_at = database_now(self._dialect, self._settings.lease)
            work.session.flush()
            return Ready(hold_again(work.session, held.id), asks=True)
        elif recipient is None:
            self._end(work, message, "suppressed", "contact-removed", MESSAGE_SUPPRESSED)
        elif self._may_go(work, message, recipient):
            return self._go(work, message)
        return None

    def _go(self, work: UnitOfWork, message: Message) -> Ready:
        if message.on_wire:
            message.maybe_duplicate = True
            add_step(work, message.notice_id, "taken-over", message.id, attempt=message.attempt)
        message.on_wire, message.handed_at = True, work.now
        message.due_at = database_now(self._dialect, self._settings.lease)
        work.session.flush()
        return Ready(hold_again(work.session, message.id))

    def _may_go(self, work: UnitOfWork, message: Message, recipient: Contact) -> bool:
        """The checks right before sending: expiry, address, allow-list, suppression, wishes, what it is about, quiet
        hours."""
        address = recipient.address(message.channel)
        if message.expires_at <= work.now:
            self._end(work, message, "expired", "expired", None)
        elif not address:
            self._end(work, message, "suppressed", "address-withdrawn", MESSAGE_SUPPRESSED)
        elif not self._settings.allow_list.allows(address, sample=recipient.sample):
            self._end(work, message, "suppressed", "not-on-allow-list", MESSAGE_SUPPRESSED)
        elif in_force(work.session, message.channel, address) is not None:
            self._end(work, message, "suppressed", "address-suppressed", MESSAGE_SUPPRESSED)
        elif (unwanted := why_unwanted(work.session, message)) is not None:
            self._end(work, message, "suppressed", unwanted, MESSAGE_SUPPRESSED)
        elif (outdated := why_outdated(work.session, message)) is not None:
            self._end(work, message, "suppressed", outdated, MESSAGE_SUPPRESSED)
        else:
            message.address = address
            return self._is_loud(work, message)
        return False

    def _is_loud(self, work: UnitOfWork, message: Message) -> bool:
        notice = message.notice
        leaves = departure(
            work.now,
            self._hours.now().of(notice.category),
            passes_because=(notice.passes_because or "rule") if notice.passes_quiet_hours else None,
            expires_at=message.expires_at,
            jitter=random,
            needed_by=notice.needed_by,
        )
        if leaves.at <= work.now:
            if leaves.although_quiet is not None and message.handed_at is None:
                said = {"because": _why_it_passes(work, notice.rule_key)} if leaves.although_quiet == "rule" else {}
                add_step(work, message.notice_id, "although-quiet", message.id, reason=leaves.although_quiet, **said)
            return True
        self._wait(message, leaves.at - work.now)
        add_step(work, message.notice_id, "quiet-hours", message.id, until=leaves.at.isoformat())
        return False

    def settle(self, work: UnitOfWork, ready: Ready, outcome: Outcome) -> None:
        """Write down what became of a message that was handed over. A sender that came too late changes nothing
        but the mark that the message may have gone out twice."""
        message = work.session.scalars(
            select(Message)
            .where(Message.id == ready.held.id)
            .options(joinedload(Message.notice))
            .with_for_update(of=Message)
            .execution_options(populate_existing=True)
        ).one()
        work.correlation_id = message.notice.correlation_id
        work.causation_id = str(message.notice.event_id)
        work.traceparent = message.notice.traceparent
        if message.attempt != ready.held.attempt or message.state != "sending":
            if outcome.kind in ("sent", "unknown") and not ready.asks:
                _handed_over_late(work, message, ready.held.attempt)
            return
        message.provider = outcome.provider or message.provider
        self._settle(work, message, outcome)

    def _settle(self, work: UnitOfWork, message: Message, outcome: Outcome) -> None:
        if outcome.kind == "sent" or (outcome.kind == "unknown" and message.delivery is not None):
            self._sent(work, message, outcome)
        elif outcome.kind == "refused":
            message.on_wire = False  # that it did not take, for certain
            self._end(work, message, "failed", outcome.code or "refused", MESSAGE_FAILED)
            if outcome.bad_address:
                suppress(
                    work, message.channel, message.address, "bounced", person_id=message.person_id, note=outcome.code
                )
        elif outcome.kind == "throttled":
            message.on_wire = False
            self._wait(message, (outcome.after or self._settings.first_retry) * (1 + random() / 2))
            self._note(work, message, "throttled", outcome)
        elif outcome.kind == "not-taken":
            message.on_wire, message.cost = False, None
            self._wait(message, timedelta(0))
            self._note(work, message, "not-taken", outcome)
        elif outcome.kind == "unanswered" or (outcome.kind == "unknown" and message.channel == "sms"):
            self._unknown(work, message, outcome)
        else:
            self._again(work, message, outcome)

    def _unknown(self, work: UnitOfWork, message: Message, outcome: Outcome) -> None:
        """Asked for again later; given up when it is long useless and nobody can say what became of it."""
        message.tries += 1
        if message.expires_at <= work.now and message.tries >= self._settings.most_tries:
            self._end(work, message, "failed", "never-settled", MESSAGE_FAILED)
            return
        message.state = "unknown"
        message.segments = outcome.segments or message.segments
        message.cost = outcome.cost if outcome.cost is not None else message.cost
        pause = self._pause(message) if outcome.kind == "unanswered" else self._settings.lease
        message.due_at = database_now(self._dialect, pause)
        if outcome.kind == "unknown" or message.tries <= 2:
            self._note(work, message, "unknown", outcome)

    def _again(self, work: UnitOfWork, message: Message, outcome: Outcome) -> None:
        message.tries += 1
        if outcome.kind == "unknown":
            message.maybe_duplicate = True
        message.on_wire = False
        if message.tries >= self._settings.most_tries:
            self._end(work, message, "failed", "gave-up", MESSAGE_FAILED)
            return
        self._wait(message, min(self._pause(message), max(message.expires_at - work.now, timedelta(0))))
        self._note(work, message, "retry", outcome)

    def _pause(self, message: Message) -> timedelta:
        return backoff(message.tries, random, first=self._settings.first_retry)

    def _wait(self, message: Message, pause: timedelta) -> None:
        message.state = "pending"
        message.due_at = database_now(self._dialect, pause)

    def _note(self, work: UnitOfWork, message: Message, kind: str, outcome: Outcome) -> None:
        add_step(
            work, message.notice_id, kind, message.id,
            attempt=message.attempt, code=outcome.code, provider=outcome.provider,
        )  # fmt: skip

    def _sent(self, work: UnitOfWork, message: Message, outcome: Outcome) -> None:
        message.state, message.reason, message.on_wire = "sent", None, False
        message.segments = outcome.segments or message.segments
        message.cost = outcome.cost if outcome.cost is not None else message.cost
        message.serial = outcome.serial or message.serial
        message.finished_at = work.now
        self._note(work, message, "sent", outcome)
        work.record(MESSAGE_SENT, message.message_id, _event_data(message))
        if outcome.serial is not None:
            apply_early_receipt(work, message)

    def _end(self, work: UnitOfWork, message: Message, state: str, reason: str, event: EventType | None) -> None:
        """It ends unsent. What a dead sender was handing over, and what may have gone out before, may have arrived."""
        message.maybe_sent = message.on_wire or message.maybe_duplicate
        message.state, message.reason, message.on_wire = state, reason[:40], False
        message.finished_at = work.now
        said = {"maybe_sent": True} if message.maybe_sent else {}
        add_step(work, message.notice_id, state, message.id, reason=reason, **said)
        if event is not None:
            work.correlation_id = message.notice.correlation_id
            work.causation_id = str(message.notice.event_id)
            work.traceparent = message.notice.traceparent
            work.record(event, message.message_id, {**_event_data(message), "reason": reason})


def _handed_over_late(work: UnitOfWork, message: Message, attempt: int) -> None:
    """A sender that lost the row handed it over: a second copy, or the only one of what ended unsent."""
    if message.state in ("suppressed", "expired", "cancelled", "failed"):
        message.maybe_sent = True
        add_step(work, message.notice_id, "late-sender-after-end", message.id, attempt=attempt)
    else:
        message.maybe_duplicate = True
        add_step(work, message.notice_id, "late-sender", message.id, attempt=attempt)


def _why_it_passes(work: UnitOfWork, rule_key: str) -> str:
    """What staff said when they let the rule pass the quiet hours; empty for one that came with the installation."""
    of_event = select(Rule.passes_reason).where(Rule.key == rule_key)
    of_reminder = select(ReminderRule.passes_reason).where(ReminderRule.key == rule_key)
    return work.session.scalar(of_event) or work.session.scalar(of_reminder) or ""


def _event_data(message: Message) -> dict[str, object]:
    return {
        "message_id": message.message_id,
        "person_id": message.person_id,
        "channel": message.channel,
        "event_id": message.notice.event_id,
        "event_type": message.event_type,
    }
