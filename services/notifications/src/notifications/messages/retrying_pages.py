"""Pages: trying the failed messages of a filter again, after a look at how many they are and what that costs."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import HiddenField

from notifications.messages import words
from notifications.messages.pages import uuid_or_none
from notifications.messages.retrying import MOST, Failed, estimate_retry, retry_many
from notifications.messages.rules import CHANNELS
from shared.refusal import Refused
from shared.web import principal, reading, requires, runtime, unit_of_work
from shared.web.wording import in_words

blueprint = Blueprint("retrying_pages", __name__, url_prefix="/messages/retry", template_folder="templates")


class RetryForm(FlaskForm):  # type: ignore[misc]
    before = HiddenField()


def _failed(before: datetime) -> Failed:
    """The filter of the list of messages, as it stands in the address."""
    chosen = request.args
    return Failed(
        before,
        person=uuid_or_none(chosen.get("person")),
        channel=chosen.get("channel") if chosen.get("channel") in CHANNELS else None,
        event_type=chosen.get("event") if chosen.get("event") in words.EVENTS else None,
        q=chosen.get("q", "").strip() or None,
    )


@blueprint.route("/", methods=["GET", "POST"])
@requires("officer")
def confirm() -> ResponseReturnValue:
    """What failed until the question was asked; what failed since is not meant."""
    form = RetryForm(before=runtime().clock().isoformat())
    before = _moment(form.before.data)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                made = retry_many(work, _failed(before))
        except Refused as refused:
            if refused.status == 403:
                raise
            flash(in_words(refused.reasons[0]), "warning")
        else:
            said = ngettext(
                "%(num)d message is queued once more.", "%(num)d messages are queued once more.", made.retried
            )
            if made.left:
                said += " " + ngettext("%(num)d is left.", "%(num)d are left.", made.left)
            flash(said, "success")
        return redirect(url_for("messages_pages.list_messages", **{**request.args, "state": "failed"}), 303)
    with reading() as session:
        estimate = estimate_retry(session, principal(), _failed(before), runtime())
    return render_template("messages/retry.html", form=form, estimate=estimate, most=MOST)


def _moment(text: str | None) -> datetime:
    """When the question was asked; never later than now."""
    now = runtime().clock()
    try:
        asked = datetime.fromisoformat(text or "")
    except ValueError:
        return now
    return min(asked, now) if asked.tzinfo is not None else now
