"""What the other services say, for tests."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.events import Envelope
from shared.runtime import Runtime
from shared.testing.delivery import receive
from shared.testing.fakes import SettableClock


class Others:
    """What the other services say, in few words."""

    def __init__(self, runtime: Runtime, clock: SettableClock) -> None:
        self._runtime = runtime
        self._clock = clock

    def contact(self, person_id: UUID | None = None, **more: Any) -> UUID:
        """A person whom membership tells us about; returns the id."""
        person_id = person_id or uuid4()
        data = {
            "person_id": str(person_id),
            "name": "某某",
            "language": "zh-Hans",
            "phone": f"+861{person_id.int % 10**10:010d}",
            "email": f"{person_id.hex[:12]}@sample.invalid",
            "guardians": [],
            "sample": True,
            **more,
        }
        data["guardians"] = [str(guardian) for guardian in data["guardians"]]
        receive(self._runtime, "membership", "contact.changed", person_id, data)
        return person_id

    def registration(self, verb: str, person_id: UUID, *, hours: float = 48, **more: Any) -> Envelope:
        """An event about the person's registration for something that starts in so many hours."""
        starts = self._clock() + timedelta(hours=hours)
        version = more.pop("version", None)
        registration = more.pop("registration", uuid4())
        data = {
            "registration_id": str(registration),
            "activity_id": str(uuid4()),
            "session_id": str(uuid4()),
            "person_id": str(person_id),
            "title_zh": "小候鸟暑期班",
            "title_en": "Little migratory birds",
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=2)).isoformat(),
            "place_zh": "活动室",
            "place_en": "Activity room",
            **more,
        }
        return receive(self._runtime, "activities", f"registration.{verb}", registration, data, version=version)

    def tell(self, publisher: str, name: str, data: dict[str, Any]) -> Envelope:
        return receive(self._runtime, publisher, name, uuid4(), data)
