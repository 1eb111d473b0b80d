"""What happens to broadcasts because time passes."""

from datetime import timedelta

from notifications.broadcasts.fanning import fan_out
from shared.timers import Timer

TIMERS = (Timer("fan out broadcasts", timedelta(seconds=1), fan_out),)
