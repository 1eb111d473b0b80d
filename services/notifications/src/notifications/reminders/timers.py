"""Reminding people as time passes, and forgetting what was long ago."""

from datetime import timedelta

from notifications.reminders.commands import remind
from notifications.subjects.commands import forget_subjects
from shared.timers import Timer

TIMERS = (
    Timer("reminders", timedelta(seconds=10), remind),
    Timer("forget-subjects", timedelta(hours=6), forget_subjects),
)
