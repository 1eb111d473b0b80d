"""Case text stays where it is sealed: not in events, logs, answers of the API, audit rows, or the database's files."""

import logging

from sqlalchemy import inspect, select, text

from shared.database.tables import AuditRow, OutboxRow
from shared.principal import Grant
from shared.testing.web import bearer
from welfare.app import create_app

SECRET = "SECRET-7f3a"


def test_no_case_text_leaves_its_place(centre, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    fund = centre.fund()
    client = create_app(centre.runtime).test_client()
    headers = bearer(centre.runtime, Grant("officer", "*"))
    boss = bearer(centre.runtime, Grant("manager", "*"), name="boss")
    answers = []

    def post(address: str, as_boss: bool = False, **body) -> str:
        answer = client.post(f"/api/v1/{address}", json=body, headers=boss if as_boss else headers)
        assert answer.status_code < 300, answer.text
        answers.append(answer.text)
        return answer.json["id"]

    who = str(centre.person(3))
    times = {"starts_at": "2026-11-20T01:00:00Z", "ends_at": "2026-11-20T02:00:00Z"}
    talk = post("talks/held", body="party", person_id=who, outcome="advised", note=SECRET, **times)
    dispute = post("disputes", body="party", person_ids=[who], kind="work", matter=SECRET, opened_on="2026-11-20")
    post(f"disputes/{dispute}/sessions", held_on="2026-11-21", note=SECRET)
    post(f"disputes/{dispute}/settle", closed_on="2026-11-22", terms=SECRET)
    relief = post(
        "relief-applications",
        body="party",
        person_id=who,
        fund_id=str(fund.id),
        amount_asked="10.00",
        occasion="illness",
        circumstances=SECRET,
    )
    post(f"relief-applications/{relief}/visit", visited_on="2026-11-23", finding=SECRET)
    post(f"relief-applications/{relief}/approve", as_boss=True)
    post("disbursements", relief_application_id=relief)
    client.post("/api/v1/talks", json={"note": SECRET}, headers=headers)
    for address in ("talks", "disputes", "relief-applications", "disbursements", f"funds/{fund.id}/entries"):
        answers.append(client.get(f"/api/v1/{address}", headers=headers).text)
    read = client.get(f"/api/v1/talks/{talk}/note", headers=headers)
    assert read.json == {"text": SECRET}

    assert SECRET not in "".join(answers)
    assert SECRET not in caplog.text
    with centre.runtime.reading() as session:
        bodies = session.scalars(select(OutboxRow.body)).all()
        assert len(bodies) >= 6
        assert not [body for body in bodies if SECRET in body or "illness" in body]
        assert not [row for row in session.scalars(select(AuditRow)) if SECRET in str(row.facts)]
        for table in inspect(centre.runtime.database.engine).get_table_names():
            rows = session.execute(text(f'SELECT * FROM "{table}"')).all()
            assert SECRET not in str(rows), table
            assert SECRET.encode() not in b"".join(
                bytes(value) for row in rows for value in row if isinstance(value, (bytes, memoryview))
            ), table
