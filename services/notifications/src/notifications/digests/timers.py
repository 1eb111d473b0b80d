"""Closing windows as time passes."""

from datetime import timedelta

from notifications.digests.commands import close_windows, forget_windows
from shared.timers import Timer

TIMERS = (
    Timer("digests", timedelta(seconds=5), close_windows),
    Timer("forget-digest-windows", timedelta(hours=6), forget_windows),
)
