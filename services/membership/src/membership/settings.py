"""What commands need of the process's settings: the keys for ID numbers and the centre's calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.settings import Settings


@dataclass(frozen=True)
class Centre:
    """``data_keys`` seal and open, ``blind_index_key`` finds equal ID numbers, ``zone`` says which day it is."""

    data_keys: Mapping[str, bytes]
    blind_index_key: bytes
    zone: ZoneInfo

    @classmethod
    def of(cls, settings: Settings) -> "Centre":
        return cls(settings.data_keys, settings.blind_index_key, settings.time_zone)

    def today(self, now: datetime) -> date:
        """The day at the centre at that moment."""
        return now.astimezone(self.zone).date()
