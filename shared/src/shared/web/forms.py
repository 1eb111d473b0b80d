"""Forms of the kit: what a Refused says is shown at the fields that are to blame."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask, flash, g, redirect
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from shared.database import UnitOfWork
from shared.principal import BODIES
from shared.refusal import Refused, Stale
from shared.texts import N_
from shared.web.context import unit_of_work
from shared.web.exporting import export_link
from shared.web.submissions import FIELD
from shared.web.wording import body_name, in_words

OVERTAKEN = N_(
    "Somebody else changed this while your form was open. Nothing is saved yet: look at it, then send it again."
)


def fill_errors(form: Any, refused: Refused) -> None:
    """Put each reason at its field; those without a field of this form go to the summary on top.

    Forbidden and NotFound are not the form's business and are raised again. Where somebody else changed the thing
    meanwhile, the form says so and takes the version that stands now: whoever has looked may send it again.
    """
    if refused.status in (403, 404):
        raise refused
    if isinstance(refused, Stale) and "version" in form._fields:
        form._fields["version"].data = str(refused.reasons[0].facts["current_version"])
        form.form_errors = [*form.form_errors, gettext(OVERTAKEN)]
        return
    for reason in refused.reasons:
        field = form._fields.get(reason.field) if reason.field else None
        if field is None:
            form.form_errors = [*form.form_errors, in_words(reason)]
        else:
            field.errors = [*field.errors, in_words(reason)]


def carried_out(form: Any, command: Callable[[UnitOfWork, int], object], said: str, to: str) -> Response | None:
    """The answer to a sent form whose command was carried out: ``said``, on the page at ``to``.

    The command gets the version with which the form was opened. None where the form was not sent, or says what was
    wrong with it: it is to be shown then.
    """
    if not form.validate_on_submit():
        return None
    try:
        with unit_of_work() as work:
            command(work, int(form.version.data or 0))
    except Refused as refused:
        fill_errors(form, refused)
        return None
    flash(said, "success")
    return redirect(to, 303)


def choices(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Options of a select field from pairs of value and label."""
    return [SelectChoice(value, label) for value, label in pairs]


def body_choices(bodies: Iterable[str] = BODIES) -> list[SelectChoice]:
    """The bodies by their names in the reader's language, for example ``principal().bodies('officer')``."""
    return choices((body, body_name(body)) for body in bodies)


def submission_token() -> str:
    """A new token for one showing of one form; a refused command uses none up, so a corrected form goes through."""
    return secrets.token_urlsafe(18)


def flat_errors(field: Any) -> list[str]:
    """The sentences at a field, also where a list or a sub-form nests them."""
    return list(dict.fromkeys(_sentences(field.errors)))


def _sentences(errors: Any) -> Iterator[str]:
    if isinstance(errors, dict):
        errors = errors.values()
    elif not isinstance(errors, (list, tuple)):
        yield str(errors)
        return
    for error in errors:
        yield from _sentences(error)


def field_attributes(field: Any, described: list[str], attributes: dict[str, Any]) -> dict[str, Any]:
    """What the control itself says to assistive technology, besides the attributes that the page gave."""
    said: dict[str, Any] = dict(attributes)
    if described:
        said["aria-describedby"] = " ".join(described)
    if field.errors:
        said["aria-invalid"] = "true"
    return {**said, **first_wrong(field)}


def first_wrong(field: Any) -> dict[str, Any]:
    """Lets the browser go to the first field of the page that is wrong; it does so without JavaScript."""
    if not field.errors or g.setdefault("first_wrong", field.id) != field.id:
        return {}
    return {"autofocus": True}


def register(app: Flask) -> None:
    """Give the templates what the kit's form macros need."""
    app.jinja_env.globals.update(
        submission_token=submission_token,
        submission_field=FIELD,
        flat_errors=flat_errors,
        field_attributes=field_attributes,
        first_wrong=first_wrong,
        export_link=export_link,
    )
