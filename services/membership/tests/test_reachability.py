"""What membership makes of it that somebody cannot be reached: a note for officers, until the address changes."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from membership.app import create_app
from membership.people.commands import update_person
from membership.people.models import Person
from membership.settings import Centre
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.delivery import receive
from shared.testing.web import add_staff, sign_in


def _tell(runtime: Runtime, name: str, person_id: UUID, **more: Any) -> None:
    data = {"person_id": str(person_id), "reason": "bounced", "channel": "email", **more}
    receive(runtime, "notifications", f"contact.{name}", person_id, data)


def _note(runtime: Runtime, person_id: UUID) -> bool:
    with runtime.reading() as session:
        person = session.get_one(Person, person_id)
        return person.email_unreachable_since is not None


def test_officers_see_that_mail_comes_back_until_the_address_changes(
    runtime: Runtime, centre: Centre, register: Callable[..., Person]
) -> None:
    person = register("王小明", email="wang@sample.invalid", sample=True)
    _tell(runtime, "unreachable", person.id)
    _tell(runtime, "unreachable", person.id, channel=None)
    pages = {}
    app = create_app(runtime)
    for role in ("viewer", "officer"):
        client = app.test_client()
        add_staff(runtime, role, Grant(role, "union"), language="en")
        sign_in(client, role)
        pages[role] = client.get(f"/people/{person.id}").text
    assert "unreachable since" in pages["officer"]
    assert "unreachable since" not in pages["viewer"]
    with runtime.unit_of_work() as work:
        renamed = update_person(work, person.id, {"name": "王明"}, version=person.version, centre=centre)
    assert _note(runtime, person.id)
    with runtime.unit_of_work() as work:
        changes = {"email": "ming@sample.invalid"}
        update_person(work, person.id, changes, version=renamed.version, centre=centre)
    assert not _note(runtime, person.id)


def test_the_note_ends_when_staff_write_again(runtime: Runtime, register: Callable[..., Person]) -> None:
    person = register("王小明", email="wang@sample.invalid", sample=True)
    _tell(runtime, "unreachable", person.id)
    assert _note(runtime, person.id)
    _tell(runtime, "reachable", person.id)
    assert not _note(runtime, person.id)
    _tell(runtime, "unreachable", UUID(int=7))  # somebody whom nobody knows (any more)
