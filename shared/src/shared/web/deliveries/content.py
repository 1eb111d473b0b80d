"""Reading what an event or a refused message carries: for administrators of the body that the event itself names, or of
all bodies; with a reason, audited. It may be about people, so it is shown in the answer to that one request and nowhere
else."""

import json
from uuid import UUID

from flask import make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from shared.database.tables import InboxRow, OutboxRow, RefusedMessage
from shared.deliveries.bodies import bodies_told, oversees
from shared.deliveries.decisions import read_content
from shared.deliveries.story import event_story
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Refused
from shared.web.context import principal, reading, runtime, unit_of_work
from shared.web.deliveries.blueprint import ReasonForm, blueprint, event_url
from shared.web.forms import fill_errors
from shared.web.guards import requires

_HEX_BYTES = 4096


@blueprint.route("/events/<uuid:event_id>/content", methods=["GET", "POST"])
@requires("admin")
def read_event(event_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        row = event_story(session, runtime().service, event_id, now=runtime().clock()).row
        told = bodies_told(row)
        if not oversees(principal(), "admin", told):
            principal().demand("admin", min(told, default=ALL_BODIES))
    return _read(row, f"{row.type}", event_url(event_id))


@blueprint.route("/refused/<int:row_id>/content", methods=["GET", "POST"])
@requires("admin", body=ALL_BODIES)
def read_refusal(row_id: int) -> ResponseReturnValue:
    with reading() as session:
        row = session.get(RefusedMessage, row_id)
        if row is None:
            raise NotFound("message")
    return _read(row, row.type or row.queue, url_for(".show_refusal", row_id=row_id))


def _read(row: InboxRow | OutboxRow | RefusedMessage, name: str, back: str) -> ResponseReturnValue:
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                content = read_content(work, row, form.reason.data)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            size = row.size if isinstance(row, RefusedMessage) else None
            text, as_hex = readable(content)
            page = render_template(
                "kit/deliveries/content.html",
                name=name,
                back_url=back,
                text=text,
                as_hex=as_hex,
                size=size,
                kept=len(content or b""),
            )
            response = make_response(page)
            response.headers["Cache-Control"] = "no-store"
            return response
    page = render_template("kit/deliveries/read.html", name=name, back_url=back, form=form)
    return page, 422 if form.errors else 200


def readable(content: str | bytes | None) -> tuple[str | None, bool]:
    """The content as text, JSON indented; bytes that are no text as a table of hexadecimal digits (then True)."""
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8")
            if any(ord(sign) < 32 and sign not in "\t\r\n" for sign in content):
                raise ValueError
        except ValueError:
            return _hex(content if isinstance(content, bytes) else content.encode()), True
    if content:
        try:
            content = json.dumps(json.loads(content), ensure_ascii=False, indent=2)
        except ValueError:
            return content, False
    return content, False


def _hex(content: bytes) -> str:
    lines = []
    for start in range(0, min(len(content), _HEX_BYTES), 16):
        some = content[start : start + 16]
        signs = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in some)
        lines.append(f"{start:06x}  {some.hex(' '):<47}  {signs}")
    return "\n".join(lines)
