"""How times, money, bodies and telephone numbers look on pages."""

from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.dates import format_skeleton
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale

from shared.web.context import runtime
from shared.web.wording import body_name, role_name, service_name

_CHINESE = {
    "date": "y年M月d日",
    "weekday": "y年M月d日 EEE",
    "time": "y年M月d日 HH:mm",
    "seconds": "y年M月d日 HH:mm:ss",
}
_ENGLISH = {
    "date": "d MMM y",
    "weekday": "EEE d MMM y",
    "time": "d MMM y, HH:mm",
    "seconds": "d MMM y, HH:mm:ss",
}


def _is_chinese() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "zh"


def _pattern(name: str) -> str:
    return (_CHINESE if _is_chinese() else _ENGLISH)[name]


def local_time(moment: datetime | None, *, seconds: bool = False) -> str:
    """An aware moment in the centre's zone: ``2026年11月23日 09:00``; empty for None."""
    if moment is None:
        return ""
    zone = runtime().settings.time_zone
    return babel_datetime(moment.astimezone(zone), _pattern("seconds" if seconds else "time"), locale=get_locale())


def local_date(day: date | datetime | None, *, weekday: bool = False) -> str:
    """A day, or the day of a moment in the centre's zone; empty for None."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = day.astimezone(runtime().settings.time_zone).date()
    return babel_date(day, _pattern("weekday" if weekday else "date"), locale=get_locale())


def day_and_weekday(day: date) -> str:
    """A day as the head of a column: ``周一 11/23``."""
    return babel_date(day, "EEE M/d" if _is_chinese() else "EEE d MMM", locale=get_locale())


def clock_time(moment: datetime | None) -> str:
    """Hours and minutes in the centre's zone: ``09:00``."""
    return "" if moment is None else moment.astimezone(runtime().settings.time_zone).strftime("%H:%M")


def month(day: date) -> str:
    """Year and month in the reader's language."""
    return format_skeleton("yMMMM", day, locale=get_locale())


def yuan(amount: Decimal | None) -> str:
    """An amount with its sign of currency and grouped digits: ``¥12,000.00``; empty for None."""
    return "" if amount is None else "¥" + format_decimal(amount, "#,##0.00", locale="en")


def masked_phone(phone: str | None) -> str:
    """A telephone number of which only the beginning and the last four digits show."""
    if not phone:
        return ""
    digits = phone.removeprefix("+86")
    if len(digits) <= 7:
        return "•" * max(len(digits) - 2, 0) + digits[-2:]
    return f"{digits[:3]}••••{digits[-4:]}"


def phone(number: str | None) -> str:
    """A Chinese number in groups as people read it aloud, ``138 0013 8000``; anything else as it is."""
    digits = (number or "").removeprefix("+86")
    if number and number.startswith("+86") and len(digits) == 11 and digits.isdecimal():
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    return number or ""


def short_type(event_type: str) -> str:
    """An event type as staff read it: ``membership · person.registered``, the version only from the second on."""
    publisher, _, rest = event_type.removeprefix("org.yizhan.").partition(".")
    return f"{publisher} · {rest.removesuffix('.v1')}" if rest else event_type


def short_subject(subject: str) -> str:
    """A subject whose id is cut to its last digits, which is where ids made in one moment differ."""
    noun, _, number = subject.partition("/")
    return f"{noun} …{number[-8:]}" if len(number) > 12 else subject


def register(app: Flask) -> None:
    """Make them filters of the application's templates."""
    app.jinja_env.filters.update(
        local_time=local_time,
        local_date=local_date,
        day_and_weekday=day_and_weekday,
        clock_time=clock_time,
        month=month,
        yuan=yuan,
        body_name=body_name,
        role_name=role_name,
        service_name=service_name,
        masked_phone=masked_phone,
        phone=phone,
        short_type=short_type,
        short_subject=short_subject,
    )
