"""Pages: at which times which category is sent."""

from datetime import time

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TimeField
from wtforms.validators import InputRequired, Optional

from notifications.messages import words
from notifications.preferences.rules import CATEGORIES
from notifications.quiet_hours.commands import set_hours, unset_hours
from notifications.quiet_hours.models import SendingHours
from notifications.quiet_hours.queries import own_hours, timetable
from notifications.sending.settings import SendingSettings
from shared.principal import ALL_BODIES
from shared.refusal import NotFound, Refused, Stale
from shared.web import (
    EditForm,
    choices,
    fill_errors,
    principal,
    reading,
    requires,
    runtime,
    stale_page,
    unit_of_work,
)

blueprint = Blueprint("quiet_hours_pages", __name__, url_prefix="/quiet-hours", template_folder="templates")


class HoursForm(EditForm):
    whose = RadioField(
        _l("Hours"),
        [InputRequired()],
        choices=choices([("usual", _l("Those of the installation")), ("own", _l("Its own"))]),
    )
    workday_from = TimeField(_l("Working days: from"), [Optional()])
    workday_until = TimeField(_l("Working days: until"), [Optional()])
    day_off = RadioField(
        _l("Days off"),
        [InputRequired()],
        choices=choices([("hours", _l("At these hours")), ("none", _l("Nothing; it waits for the next working day"))]),
    )
    day_off_from = TimeField(_l("Days off: from"), [Optional()])
    day_off_until = TimeField(_l("Days off: until"), [Optional()])

    def hours(self) -> tuple[tuple[time | None, time | None], tuple[time | None, time | None] | None]:
        """Those of working days and those of days off."""
        day_off = (self.day_off_from.data, self.day_off_until.data) if self.day_off.data == "hours" else None
        return (self.workday_from.data, self.workday_until.data), day_off


@blueprint.get("/")
@requires("viewer")
def list_hours() -> ResponseReturnValue:
    """The hours of each category, and whether it is quiet just now."""
    settings, zone, now = SendingSettings.of(runtime().settings), runtime().settings.time_zone, runtime().clock()
    with reading() as session:
        table = timetable(session, settings.quiet_hours, zone)
        own = own_hours(session)
    rows = [
        {
            "category": category,
            "own": own.get(category),
            "opens": quiet.release(now) if (quiet := table.of(category)) is not None and quiet.covers(now) else None,
        }
        for category in CATEGORIES
    ]
    usual = settings.quiet_hours
    return render_template(
        "quiet_hours/list.html",
        rows=rows,
        usual=(f"{usual.end:%H:%M}", f"{usual.start:%H:%M}") if usual is not None else None,
        may_edit=principal().allows("manager", ALL_BODIES),
    )


@blueprint.route("/<string:category>", methods=["GET", "POST"])
@requires("manager")
def edit_hours(category: str) -> ResponseReturnValue:
    if category not in CATEGORIES:
        raise NotFound("category")
    with reading() as session:
        row = own_hours(session).get(category)
    form = HoursForm(data=_shown(row))
    if form.validate_on_submit():
        workday, day_off = form.hours()
        version = form.sent_version
        try:
            with unit_of_work() as work:
                if form.whose.data == "own":
                    set_hours(work, category, version=version, workday=workday, day_off=day_off)
                else:
                    unset_hours(work, category, version=version)
        except Stale:
            with reading() as session:
                current = HoursForm(None, data=_shown(own_hours(session).get(category)))
                subject = f"sending-hours/{category}"
                return stale_page(form, current, session, subject=subject, back=url_for(".list_hours"))
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("Saved. It holds within a moment."), "success")
            return redirect(url_for(".list_hours"), 303)
    title = gettext(words.CATEGORIES[category])
    return render_template("quiet_hours/edit.html", form=form, title=title), 422 if form.errors else 200


def _shown(row: SendingHours | None) -> dict[str, object]:
    """What the form begins with: what is set, else hours that many centres have."""
    if row is None:
        usual = {"workday_from": time(8), "workday_until": time(22), "day_off_from": time(9), "day_off_until": time(21)}
        return {"version": "0", "whose": "usual", "day_off": "hours", **usual}
    names = ("workday_from", "workday_until", "day_off_from", "day_off_until")
    times = {name: time.fromisoformat(text) if (text := getattr(row, name)) else None for name in names}
    return {
        "version": str(row.version),
        "whose": "own",
        "day_off": "hours" if times["day_off_from"] else "none",
        **times,
    }
