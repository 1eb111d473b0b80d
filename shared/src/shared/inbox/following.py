"""What an event is by its subject's version, and what follows: its effect, nothing, or waiting for an earlier one.

A gap waits a bounded time for the missing event and then asks the publisher for a snapshot of that subject.
"""

import logging
from datetime import timedelta

from marshmallow import ValidationError
from sqlalchemy import select

from shared.database import UnitOfWork
from shared.database.tables import InboxPosition, InboxRow
from shared.events.envelope import CONTENT_TYPE, Envelope, parse
from shared.inbox.answers import take_request
from shared.inbox.reactions import Reaction, Reactions, ReceivedEvent
from shared.inbox.requests import ask_for_snapshot
from shared.service import Service

log = logging.getLogger(__name__)

GAP_GRACE = timedelta(seconds=5)
GAP_ASK_AGAIN = timedelta(seconds=60)


class Follower:
    """Follows the subjects of one service's reactions, one event at a time, in the given unit of work."""

    def __init__(self, service: Service, gap_grace: timedelta) -> None:
        self.service = service
        self.gap_grace = gap_grace
        self._reactions = {service.queue(reactions): reactions for reactions in service.reactions}

    def follow(self, work: UnitOfWork, row: InboxRow, position: InboxPosition, envelope: Envelope) -> bool:
        """Decide by the subject's version what the event is: the next one, an old one, or one too early.

        False when it has to wait for an earlier one. Raises what its handler raises.
        """
        reactions = self._reactions.get(row.queue)
        reaction = reactions.find(envelope.type) if reactions else None
        snapshot = ".snapshot.v" in envelope.type
        if snapshot:
            self._take_snapshot(work, row, position, envelope, reactions)
        elif envelope.subjectversion <= position.version:
            self._late_or_twin(work, row, position, envelope, reactions)
        elif envelope.subjectversion > position.version + 1 and reactions and self._needed(reactions, row):
            self._wait_for_gap(work, row, position, envelope, reactions)
            return False
        else:
            position.version = envelope.subjectversion
            position.gap_since = position.snapshot_asked_at = None
            self._handle(work, row, envelope, reaction)
        row.finished_at = work.now
        return True

    def _needed(self, reactions: Reactions, row: InboxRow) -> bool:
        """Whether a gap in this subject matters: only where some event of its noun is read here."""
        noun = row.subject.partition("/")[0]
        return any(reaction.name.partition(".")[0] == noun for reaction in reactions)

    def _handle(self, work: UnitOfWork, row: InboxRow, envelope: Envelope, reaction: Reaction | None) -> None:
        if row.queue == f"{self.service.name}.requests":
            take_request(work, self.service, envelope)
            row.status = "done"
            return
        if reaction is None:
            row.status = "passed"
            return
        try:
            data = reaction.needs().load(dict(envelope.data))
        except ValidationError as error:
            raise ValueError(f"the data is not what is needed here: {sorted(error.messages_dict)}") from error
        reaction.handler(work, ReceivedEvent(envelope, data))
        row.status = "done"

    def _take_snapshot(
        self,
        work: UnitOfWork,
        row: InboxRow,
        position: InboxPosition,
        envelope: Envelope,
        reactions: Reactions | None,
    ) -> None:
        """A snapshot replaces what is known, unless later events were followed already.

        It may come in several majors, of which one is read here: that one has the effect, and only then is the state
        known. A release that runs beside this one may read another one, and whichever comes first to one that it reads,
        or to the last one, has it: see `_late_or_twin`.
        """
        if envelope.subjectversion < position.version:
            row.status = "late"
            return
        reaction = reactions.find(envelope.type) if reactions else None
        noun = envelope.type.rpartition(".snapshot.v")[0].rpartition(".")[2]
        in_another_major = reaction is None and reactions is not None and noun in reactions.snapshot_nouns
        twins = []
        if in_another_major or envelope.subjectversion == position.version:
            twins = _twins(work, row, envelope)
        if any(twin.status == "done" for twin in twins):
            row.status = "late"
            return
        told_by = row
        if in_another_major:
            row.status = "passed"
            read_here = [twin for twin in twins if reactions and reactions.find(twin.type)]
            if not read_here:
                return
            told_by, envelope = read_here[0], _said(read_here[0])
            reaction = reactions.find(told_by.type) if reactions else None
        position.version = envelope.subjectversion
        position.gap_since = position.snapshot_asked_at = None
        self._handle(work, told_by, envelope, reaction)

    def _late_or_twin(
        self,
        work: UnitOfWork,
        row: InboxRow,
        position: InboxPosition,
        envelope: Envelope,
        reactions: Reactions | None,
    ) -> None:
        """At the present version it may be the twin, in another major, of an event that had no effect yet.

        Usually the first twin that came was the one needed, or a snapshot told as much, and this one is late. Where
        all that came were passed over, the effect is still to come: of this one when it is needed here, else of the
        one that is. A release that runs beside this one, and needs the other major, may have passed over ours.
        """
        row.status = "late"
        if envelope.subjectversion != position.version or reactions is None:
            return
        of_this_version = work.session.scalars(
            select(InboxRow).where(
                InboxRow.source == row.source,
                InboxRow.subject == row.subject,
                InboxRow.subjectversion == row.subjectversion,
                InboxRow.id != row.id,
            )
        ).all()
        if not of_this_version or any(other.status != "passed" for other in of_this_version):
            return
        row.status = "passed"
        for twin in (row, *of_this_version):
            reaction = reactions.find(twin.type)
            if reaction is not None and twin.body and ".snapshot.v" not in twin.type:
                self._handle(work, twin, _said(twin), reaction)
                return

    def _wait_for_gap(
        self,
        work: UnitOfWork,
        row: InboxRow,
        position: InboxPosition,
        envelope: Envelope,
        reactions: Reactions,
    ) -> None:
        """Wait a little for what is missing; then ask for a snapshot of this subject, and again from time to time."""
        now = work.now
        if position.gap_since is None:
            position.gap_since = now
        asked = position.snapshot_asked_at
        noun = envelope.subject.partition("/")[0]
        if now - position.gap_since >= self.gap_grace and (asked is None or now - asked >= GAP_ASK_AGAIN):
            if noun in reactions.snapshot_nouns:
                ask_for_snapshot(work, self.service, reactions, noun=noun, subject=envelope.subject)
                position.snapshot_asked_at = now
                log.warning("gap: asked for a snapshot", extra={"subject": envelope.subject})
            else:
                # Nothing to fill the gap with: this noun has no snapshot here, so the events that came count.
                position.version = envelope.subjectversion - 1
                row.error = "went on over a gap: this noun has no snapshot here"
                return
        row.next_attempt_at = now + (self.gap_grace if asked is None else GAP_ASK_AGAIN) / 4


def _said(row: InboxRow) -> Envelope:
    return parse((row.body or "").encode(), CONTENT_TYPE, {})


def _twins(work: UnitOfWork, row: InboxRow, envelope: Envelope) -> list[InboxRow]:
    """The same snapshot in other majors: of the same answer, which is what caused it."""
    name = row.type.rpartition(".v")[0]
    others = work.session.scalars(
        select(InboxRow).where(
            InboxRow.source == row.source,
            InboxRow.subject == row.subject,
            InboxRow.subjectversion == row.subjectversion,
            InboxRow.id != row.id,
            InboxRow.type.startswith(f"{name}.v"),
            InboxRow.status.in_(("done", "passed")),
            InboxRow.body.is_not(None),
        )
    )
    return [other for other in others if other.type != row.type and _said(other).causationid == envelope.causationid]
