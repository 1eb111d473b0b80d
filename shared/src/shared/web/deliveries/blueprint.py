"""The blueprint of the delivery pages, and the words and forms that they share."""

from datetime import timedelta
from typing import Any

from babel.dates import format_timedelta
from flask import Blueprint, flash, url_for
from flask_babel import get_locale, gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.validators import Optional as OptionalInput

from shared.deliveries import words
from shared.deliveries.bodies import error_shown
from shared.deliveries.decisions import REASON_LENGTH
from shared.refusal import Refused
from shared.texts import N_
from shared.web.context import runtime
from shared.web.wording import SERVICES, facts_in_words, in_words, service_name

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")
blueprint.add_app_template_filter(error_shown)
PUBLISHING = {
    "unpublished": (N_("Waiting to be published"), "warn"),
    "unrouted": (N_("Unrouted"), "bad"),
    "published": (N_("Published"), "good"),
}


class ReasonForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(
        _l("Reason"),
        [InputRequired(), Length(max=REASON_LENGTH)],
        description=_l("It is kept with your name."),
        render_kw={"rows": 3},
    )


class NoteForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(
        _l("Reason"),
        [OptionalInput(), Length(max=REASON_LENGTH)],
        description=_l("For whoever looks at it later. It is kept with your name."),
        render_kw={"rows": 2},
    )


def tell_refusal(refused: Refused) -> None:
    """Show why a decision was not carried out on the next page. Forbidden and NotFound stay errors."""
    if refused.status in (403, 404):
        raise refused
    flash(in_words(refused.reasons[0]), "warning")


def tell_number(number: int, one: str, many: str) -> None:
    """Say how many a decision was carried out for; that none was left is worth saying, too."""
    if number:
        flash(ngettext(one, many, number), "success")
    else:
        flash(gettext("Nothing was left to do: somebody else was faster, or it was done by itself."), "info")


@blueprint.app_template_filter()
def age(moment: Any) -> str:
    """How long ago a moment was, or how far ahead it is, in words: ``3 hours``."""
    return duration(abs(runtime().clock() - moment)) if moment else ""


@blueprint.app_template_filter()
def duration(length: timedelta) -> str:
    """A length of time in words, below a second in milliseconds."""
    if length < timedelta(seconds=1):
        return str(gettext("%(number)s ms", number=round(length.total_seconds() * 1000)))
    return str(format_timedelta(length, threshold=1.5, locale=get_locale()))


@blueprint.app_template_filter()
def said(text: str, facts: Any = None) -> str:
    """A text of the deliveries in the reader's language, with its facts."""
    sentence: str = facts_in_words(text, facts)
    return sentence


@blueprint.app_template_filter()
def publisher_name(source: str) -> str:
    """``/services/membership`` as staff read it."""
    return service_name(source.rpartition("/")[2])


@blueprint.context_processor
def vocabulary() -> dict[str, Any]:
    return {
        "states": words.STATES,
        "tones": words.TONES,
        "publishing": PUBLISHING,
        "unrouted_words": words.unrouted_words,
        "refused_words": words.refused_words,
        "without": without,
    }


def without(kept: dict[str, str], name: str) -> dict[str, str]:
    """The filters without one of them."""
    return {each: value for each, value in kept.items() if each != name}


def elsewhere(path: str, only: str | None = None) -> list[tuple[str, str]]:
    """The same page in the other services of the suite, by name and address; only one where it is known which."""
    settings = runtime().settings
    return [
        (service_name(name), settings.service_urls[name].rstrip("/") + path)
        for name in SERVICES
        if name != settings.service and name in settings.service_urls and only in (None, name)
    ]


def event_url(event_id: Any) -> str:
    return url_for("deliveries.show_event", event_id=event_id)
