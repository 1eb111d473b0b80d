"""Pages: who is on the list of a broadcast, and what each of them got; also as a file."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from notifications.broadcasts.models import Broadcast, Recipient
from notifications.broadcasts.queries import Told, get_broadcast, select_recipients, told
from notifications.broadcasts.words import left_out_word
from notifications.messages.masking import masked_address
from notifications.messages.models import Message
from notifications.messages.pages import word
from shared.web import Column, exported, paginate, principal, reading, requires

blueprint = Blueprint("broadcast_recipients", __name__, url_prefix="/broadcasts", template_folder="templates")


@blueprint.get("/<uuid:broadcast_id>/recipients")
@requires("viewer")
def list_recipients(broadcast_id: UUID) -> ResponseReturnValue:
    left_out = {"no": True, "yes": False}.get(request.args.get("written", ""))
    with reading() as session:
        broadcast = get_broadcast(session, broadcast_id, principal())
        chosen = select_recipients(session, broadcast, left_out=left_out, name=request.args.get("q"))
    if answer := exported("broadcast", chosen, lambda session, rows: _columns(session, broadcast, rows)):
        return answer
    with reading() as session:
        page = paginate(session, chosen)
        rows = told(session, broadcast, page.items)
        return render_template("broadcasts/recipients.html", broadcast=broadcast, page=page, rows=rows)


def _columns(session: Session, broadcast: Broadcast, rows: Sequence[Recipient]) -> list[Column]:
    """Addresses are masked where they are masked on the page."""
    known = {one.id: one for part in _parts(rows) for one in told(session, broadcast, part)}
    columns = [
        Column(gettext("Recipient"), lambda row: name_of(known[row.id])),
        Column(gettext("Why not"), lambda row: left_out_word(known[row.id].reason or "")),
    ]
    for channel in broadcast.channels:
        columns += [
            Column(word("CHANNELS", channel), lambda row, channel=channel: _state(known[row.id], channel)),
            Column(gettext("Address"), lambda row, channel=channel: _address(known[row.id], channel)),
            Column(gettext("Time"), lambda row, channel=channel: _ended(known[row.id], channel)),
        ]
    return columns


def _parts(rows: Sequence[Recipient], size: int = 500) -> list[Sequence[Recipient]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def name_of(one: Told) -> str:
    """A recipient's name, with the child's for guardians."""
    name = one.contact.name if one.contact is not None else "—"
    return f"{name} ({one.about.name})" if one.about is not None else name


def _message(one: Told, channel: str) -> Message | None:
    return next((message for message in one.messages if message.channel == channel), None)


def _state(one: Told, channel: str) -> str:
    message = _message(one, channel)
    if message is None:
        return ""
    return word("DELIVERIES", message.delivery) if message.delivery else word("STATES", message.state)


def _address(one: Told, channel: str) -> str:
    message = _message(one, channel)
    if message is None:
        return ""
    return message.address if principal().allows("officer", message.body) else masked_address(message.address)


def _ended(one: Told, channel: str) -> object:
    message = _message(one, channel)
    return message.finished_at if message is not None else None
