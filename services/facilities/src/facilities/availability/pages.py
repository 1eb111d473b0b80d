"""The search for a free room, as a page whose address can be kept."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from facilities.availability.queries import free_pools, free_rooms
from facilities.bookings.day import asked_day, local_window
from facilities.resources.queries import pools
from shared.refusal import Refused
from shared.web import reading, requires, runtime
from shared.web.wording import in_words

blueprint = Blueprint("availability_pages", __name__, url_prefix="/search", template_folder="templates")


@blueprint.get("/")
@requires("viewer")
def search() -> ResponseReturnValue:
    asked = _asked()
    needs = {asked["pool"]: asked["quantity"]} if asked["pool"] else {}
    found: dict[str, Any] = {"rooms": None, "free": [], "errors": []}
    with reading() as session:
        others = pools(session)
        if request.args:
            window = local_window(asked["day"], asked["from"], asked["until"])
            try:
                found["rooms"] = free_rooms(
                    session, within=window, minutes=asked["minutes"], people=asked["people"], needs=needs
                )
                found["free"] = [one for one in free_pools(session, window) if one.resource.kind == "equipment"]
            except Refused as refused:
                found["errors"] = [in_words(reason) for reason in refused.reasons]
        return render_template("availability/search.html", asked=asked, pools=others, **found)


def _asked() -> dict[str, Any]:
    """What the address asks for; what is missing or malformed there gets a sensible value."""
    given = request.args
    now = runtime().clock().astimezone(runtime().settings.time_zone)
    start = _clock(given.get("from")) or (time(now.hour) if 8 <= now.hour < 20 else time(9))
    until = _clock(given.get("until")) or (datetime.combine(date.min, start) + timedelta(hours=2)).time()
    return {
        "day": asked_day(),
        "from": start,
        "until": until,
        "minutes": _positive("minutes"),
        "people": _positive("people"),
        "pool": given.get("pool", ""),
        "quantity": _positive("quantity") or 1,
    }


def _positive(name: str) -> int | None:
    value = request.args.get(name, type=int)
    return value if value is not None and value > 0 else None


def _clock(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text or "")
    except ValueError:
        return None
