"""Terms in months: they end on the day of the same number, or on the month's last (Civil Code, article 202)."""

from calendar import monthrange
from datetime import date


def add_months(day: date, months: int) -> date:
    """``2024-02-29`` and 12 months are ``2025-02-28``."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def whole_months(first: date, last: date) -> int:
    """How many whole months lie between; the greatest ``n`` with ``add_months(first, n) <= last``."""
    months = (last.year - first.year) * 12 + last.month - first.month
    return months if add_months(first, months) <= last else months - 1
