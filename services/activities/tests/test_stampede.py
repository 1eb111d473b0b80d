"""Two hundred people and thirty places, at once, against the real web process."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any
from uuid import UUID

import httpx

from activities.service import SERVICE
from shared.clock import utc_now
from shared.operations.serving import gunicorn_command
from shared.principal import Grant
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.ports import free_port
from shared.testing.processes import answers, processes, wait_until
from shared.testing.web import bearer

PEOPLE, PLACES = 200, 30


@contextmanager
def served(runtime: Runtime) -> Iterator[str]:
    """The address of a gunicorn that serves the runtime's database, for as long as it is needed."""
    environ = {
        "YIZHAN_VAR": str(runtime.settings.var),
        "DATABASE_URL": runtime.settings.database_url,
        "BUS_URL": runtime.settings.bus_url,
        "PORT": str(free_port()),
    }
    settings = Settings.from_environment("activities", environ)
    with processes(runtime.settings.var) as started:
        process = started.start("web", gunicorn_command(SERVICE, settings), environ)
        address = f"http://127.0.0.1:{settings.port}"
        wait_until(lambda: answers(f"{address}/readyz") or not process.running, 30, "readiness")
        assert process.running, process.output()
        yield address


def test_two_hundred_at_once_get_thirty_places_and_the_numbers_from_1_to_170(
    runtime: Runtime, clock: Any, desk: Any
) -> None:
    clock.now = utc_now()
    activity = desk.published(capacity=PLACES)
    people = desk.people(PEOPLE)
    headers = bearer(runtime, Grant("officer", "union"))
    together = Barrier(PEOPLE)

    with (
        served(runtime) as address,
        httpx.Client(
            base_url=address, headers=headers, timeout=60, limits=httpx.Limits(max_connections=PEOPLE)
        ) as client,
    ):

        def register(person_id: UUID) -> tuple[int, str, int | None]:
            together.wait()
            answer = client.post(
                f"/api/v1/activities/{activity.id}/registrations", json={"person_ids": [str(person_id)]}
            )
            said = answer.json()
            return answer.status_code, said["state"], said["waiting_number"]

        with ThreadPoolExecutor(PEOPLE) as threads:
            given = list(threads.map(register, people))

    assert {status for status, _, _ in given} == {201}
    assert sum(state == "confirmed" for _, state, _ in given) == PLACES
    numbers = sorted(number for _, _, number in given if number is not None)
    assert numbers == list(range(1, PEOPLE - PLACES + 1))
    states = list(desk.states(activity.id).values())
    assert (states.count("confirmed"), states.count("waitlisted")) == (PLACES, PEOPLE - PLACES)
    assert len(desk.events("registration.confirmed")) == PLACES
    waitlisted = [data["waiting_number"] for _, data in desk.events("registration.waitlisted")]
    assert waitlisted == list(range(1, PEOPLE - PLACES + 1))
