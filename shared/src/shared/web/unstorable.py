"""Refusing what no database could keep before any view reads it: U+0000 in a text, wherever the request has it."""

import json
from collections.abc import Iterator
from typing import Any

from flask import request

from shared.refusal import Reason, Refused
from shared.texts import N_, places_with_nul


def refuse_unstorable() -> None:
    """Refused (422) naming each field of address, form or JSON whose text holds U+0000."""
    places = sorted({place for part in _parts() for place in places_with_nul(part)})
    if places:
        text = N_("%(name)s holds the character U+0000, which cannot be kept.")
        raise Refused.many([Reason("unstorable-character", text, place, {"name": place}) for place in places])


def _parts() -> Iterator[Any]:
    yield request.view_args or {}
    for sent in (request.args, request.form):
        for name, values in sent.lists():
            yield from ({name: value} for value in values)
    for name, file in request.files.items(multi=True):
        yield {name: file.filename}
    if request.is_json and any(mark in request.get_data() for mark in (b"u0000", b"\x00")):
        try:
            yield json.loads(request.get_data())
        except (ValueError, RecursionError):
            return  # whoever reads it says what is wrong
