"""The first page: what needs somebody, whose figures one sees, and that it reads indexes however much was ever sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import bindparam, text, update

from notifications.app import create_app
from notifications.messages.models import Message, Notice
from notifications.providers.models import Provider
from notifications.receipts.models import BounceMailbox
from notifications.sending.sender import Sender
from notifications.testing.conditions import messages
from notifications.testing.others import Others
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.fakes import SettableClock
from shared.testing.plans import planned
from shared.testing.web import add_staff, bearer, sign_in


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def browser(app: Flask, runtime: Runtime) -> Callable[..., FlaskClient]:
    def signed_in(name: str, *grants: Grant, language: str = "en") -> FlaskClient:
        client = app.test_client()
        add_staff(runtime, name, *grants, language=language)
        sign_in(client, name)
        return client

    return signed_in


def _change(runtime: Runtime, statement: Any) -> None:
    with runtime.database.writing() as session:
        session.execute(statement)


def test_it_says_what_needs_somebody_and_nothing_else(
    browser: Callable[..., FlaskClient], runtime: Runtime, others: Others, sender: Sender, clock: SettableClock
) -> None:
    client = browser("li", Grant("officer", "*"))
    assert "Everything runs by itself." in client.get("/").text
    others.registration("confirmed", others.contact(email=None))
    others.registration("confirmed", others.contact(phone=None))
    sender.run_once()
    sms, mail = sorted(messages(runtime), key=lambda message: message.channel, reverse=True)
    _change(runtime, update(Message).where(Message.id == sms.id).values(state="unknown", finished_at=None))
    _change(runtime, update(Message).where(Message.id == mail.id).values(state="failed", reason="gave-up"))
    _change(runtime, update(Provider).where(Provider.name == "smtp").values(circuit="open"))
    with runtime.unit_of_work() as work:
        work.session.add(BounceMailbox(name="bounces@mail", taken=0, code="certificate", failed_at=work.now))
    page = client.get("/").text
    assert "1 message failed within a week" in page
    assert "Of 1 message nobody knows yet" in page
    assert "“smtp” is left alone" in page
    assert "bounces@mail (certificate)" in page
    _change(runtime, update(Notice).where(Notice.id == sms.notice_id).values(accepted=2))
    broken = client.get("/").text
    assert "1 messages are not accounted for" in broken
    assert "does not add up" in broken


def test_welfares_numbers_are_in_nobody_elses_figures(
    app: Flask, browser: Callable[..., FlaskClient], runtime: Runtime, others: Others
) -> None:
    others.tell(
        "welfare", "relief.paid", {"relief_id": str(uuid4()), "person_id": str(others.contact()), "body": "union"}
    )
    others.registration("confirmed", others.contact(email=None))
    values = {"state": "sent", "finished_at": runtime.clock(), "cost": 450, "segments": 1, "provider": "mailbox"}
    _change(runtime, update(Message).where(Message.channel == "sms").values(**values))
    accepted = {}
    for body in ("union", "women", "*"):
        headers = bearer(runtime, Grant("viewer", body), name=body)
        law = app.test_client().get("/api/v1/messages/conservation", headers=headers).json
        accepted[body] = (law["accepted"], law["holds"])
    assert accepted == {"union": (3, True), "women": (1, True), "*": (3, True)}
    seen = {body: browser(f"of-{body}", Grant("viewer", body)).get("/").text for body in ("union", "women")}
    rows = {body: page.split("SMS this month, by body</h2>")[1].split("</table>")[0] for body, page in seen.items()}
    assert "Trade union" in rows["union"]
    assert "Trade union" not in rows["women"]


def test_the_week_and_the_months_are_told_in_figures_and_files(
    browser: Callable[..., FlaskClient], runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    for made, cost, state, body in (
        (0, 450, "sent", "union"),
        (0, None, "failed", "union"),
        (40, 900, "sent", "women"),
    ):
        person = others.contact(email=None)
        others.registration("confirmed", person)
        with runtime.database.writing() as session:
            at = clock() - timedelta(days=made)
            session.execute(
                update(Message)
                .where(Message.person_id == person)
                .values(state=state, cost=cost, segments=1, body=body, finished_at=at, created_at=at)
            )
    client = browser("li", Grant("viewer", "*"))
    days = client.get("/").text.split("The figures as a table")[1].split("</table>")[0]
    last = days.split("<tr>")[-1]
    assert last.count('<td class="number">1</td>') == 2
    assert client.get("/week.svg").mimetype == "image/svg+xml"
    now, then = f"{clock():%Y-%m}", f"{clock() - timedelta(days=40):%Y-%m}"
    page = client.get(f"/costs/?month={then}").text
    assert ("Women" in page.split("</table>")[0], "0.09" in page, f"month={now}" in page) == (True, True, True)
    assert "Trade union" in client.get("/costs/?month=9999-99").text
    file = client.get(f"/costs/?month={then}&export=csv")
    assert file.data.decode("utf-8-sig").splitlines()[1].split(",")[0] == then
    assert client.get("/costs/?export=xlsx").status_code == 200
    assert client.get("/costs/months.svg").mimetype == "image/svg+xml"
    own = browser("zhao", Grant("viewer", "union"))
    assert "Women" not in own.get(f"/costs/?month={then}").text.split("</table>")[0]


def test_with_many_messages_it_goes_through_indexes_and_through_no_table(
    browser: Callable[..., FlaskClient], runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    others.registration("confirmed", others.contact())
    _multiply(runtime, 20_000, clock() - timedelta(days=40))
    client = browser("li", Grant("viewer", "*"))
    with planned(runtime, "messages", "notices") as statements:
        assert client.get("/").status_code == 200
    whole = {scan for one in statements if "LIMIT" not in one.statement for scan in one.scans}
    assert [scan for scan in whole if not any(name in scan for name in _READ_AS_A_WHOLE)] == []
    assert whole


_READ_AS_A_WHOLE = ("ix_messages_body_state", "ix_messages_state", "ix_notices_body_accepted")
"""Both sides of the law: indexes that hold them, without their tables."""


def _multiply(runtime: Runtime, times: int, made: Any) -> None:
    """Sent copies of the one notice and its messages, made long ago."""
    dialect = runtime.database.dialect
    new_id = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}[dialect]
    numbers = {
        "postgresql": f"SELECT n FROM generate_series(1, {times}) AS n",
        "sqlite": f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {times}) SELECT n FROM c",
    }[dialect]
    with runtime.database.writing() as session:
        for table, fresh in ((Notice, {"notice_key", "id"}), (Message, {"message_id", "id"})):
            columns = [column.name for column in table.__table__.columns]
            changed = {**dict.fromkeys(fresh, new_id), "created_at": ":made"}
            if table is Message:
                changed |= {"state": "'sent'", "finished_at": ":made", "provider": "'smtp'"}
            chosen = ", ".join(changed.get(name, f"{table.__tablename__}.{name}") for name in columns)
            session.execute(
                text(
                    f"INSERT INTO {table.__tablename__} ({', '.join(columns)}) "
                    f"SELECT {chosen} FROM {table.__tablename__}, ({numbers}) AS s"
                ).bindparams(_moment(made, table))
            )
    with runtime.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
        for statement in (
            ("VACUUM ANALYZE notices", "VACUUM ANALYZE messages") if dialect == "postgresql" else ["ANALYZE"]
        ):
            link.exec_driver_sql(statement)


def _moment(made: Any, table: type[Any]) -> Any:
    return bindparam("made", made, type_=table.__table__.c.created_at.type)
