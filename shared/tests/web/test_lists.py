import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from shared.runtime import Runtime
from shared.testing.web import add_staff, sign_in
from shared.web import exporting
from shared.web.ordering import Place, decode_place, encode_place

PRICES = (Decimal("3.00"), None, Decimal("1.50"), Decimal("3.00"), None, Decimal("20.00"), Decimal("1.50"))
FORMULAS = ("=1+1", "+86138", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", " =1")


@pytest.fixture
def shelf(runtime: Runtime) -> list[tuple[str, Decimal | None]]:
    """Things of whom several cost the same, and some nothing that is known."""
    from demo.things import add_thing

    made = [(f"thing {number}", price) for number, price in enumerate(PRICES)]
    with runtime.unit_of_work() as work:
        for name, price in made:
            add_thing(work, name=name, body="union", price=price)
    return made


def walked(client: FlaskClient, address: str, before_each: Any = lambda: None) -> list[str]:
    """The names on all pages of a list, following the link to the next one."""
    names: list[str] = []
    following: str | None = address
    while following:
        before_each()
        text = client.get(following).text
        names += [
            part.partition("<")[0] for part in text.partition("<tbody>")[2].split('">')[1:] if "thing " in part[:7]
        ]
        links = [part for part in text.split("<a ") if 'rel="next"' in part.partition(">")[0]]
        following = links[0].partition('href="')[2].partition('"')[0].replace("&amp;", "&") if links else None
    return names


def in_order(made: Iterable[tuple[str, Decimal | None]], *, descending: bool) -> list[str]:
    """What a person expects: ties by age, empty ones last in both directions."""
    priced = sorted(((price, name) for name, price in made if price is not None), reverse=descending)
    empty = sorted((name for name, price in made if price is None), reverse=descending)
    return [name for _, name in priced] + empty


@pytest.mark.parametrize(("sort", "limit"), list(product(("price", "-price"), (1, 3))))
def test_a_sorted_list_shows_everything_once_whatever_the_page(
    admin: FlaskClient, shelf: list[tuple[str, Decimal | None]], sort: str, limit: int
) -> None:
    expected = in_order(shelf, descending=sort.startswith("-"))
    assert walked(admin, f"/things/?sort={sort}&limit={limit}") == expected


def test_a_page_goes_on_behind_its_place_while_rows_come(
    admin: FlaskClient, shelf: list[tuple[str, Decimal | None]], runtime: Runtime
) -> None:
    from demo.things import add_thing

    def cheaper() -> None:
        with runtime.unit_of_work() as work:
            add_thing(work, name="late", body="union", price=Decimal("0.01"))

    assert walked(admin, "/things/?sort=price&limit=2", cheaper) == in_order(shelf, descending=False)


def test_headings_lead_to_the_order_and_say_which_one_stands(
    admin: FlaskClient, shelf: list[tuple[str, Decimal | None]]
) -> None:
    text = admin.get("/things/?body=union&sort=name&limit=2").text
    assert '<th scope="col" class="" aria-sort="ascending"><a class="sort sort-ascending" href="/things/?' in text
    assert "body=union&amp;limit=2&amp;sort=-name" in text
    assert text.count("aria-sort=") == 1
    assert '<input type="hidden" name="sort" value="name">' in text
    assert "aria-sort=" not in admin.get("/things/?sort=shelf").text


def test_a_place_of_another_order_begins_at_the_front(
    admin: FlaskClient, shelf: list[tuple[str, Decimal | None]]
) -> None:
    first = admin.get("/things/?sort=name&limit=2").text
    cursor = first.partition("cursor=")[2].partition('"')[0]
    assert "thing 6" in admin.get(f"/things/?sort=-name&limit=2&cursor={cursor}").text
    assert admin.get("/things/?sort=name&cursor=nonsense").status_code == 200


def test_only_what_was_written_as_a_place_is_read_as_one() -> None:
    from uuid import uuid4

    place = Place("price", Decimal("3.50"), uuid4())
    assert decode_place(encode_place(place), "price") == place
    assert decode_place(encode_place(place), "-price") is None
    for text in ("", "a", "e30", "WyJwcmljZSIseyJvZGQiOiIxIn0sIjAiXQ", "%%%"):
        assert decode_place(text, "price") is None


def test_a_list_is_exported_as_it_is_filtered_and_sorted(
    admin: FlaskClient, shelf: list[tuple[str, Decimal | None]], runtime: Runtime
) -> None:
    answer = admin.get("/things/?sort=-price&q=thing&limit=2&export=csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="things-')
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == ["Name", "Owner", "Price", "Since"]
    assert [row[0] for row in rows[1:]] == in_order(shelf, descending=True)
    sheet = load_workbook(io.BytesIO(admin.get("/things/?export=xlsx&q=thing 5").data)).active
    assert [[cell.value for cell in row][:3] for row in sheet.iter_rows()] == [
        ["Name", "Owner", "Price"],
        ["thing 5", "Trade union", 20],
    ]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_looks_like_a_formula_is_never_live(app: Flask, text: str) -> None:
    with app.test_request_context():
        read = next(csv.reader(io.StringIO(exporting.write("csv", [text], []).decode("utf-8-sig"), newline="")))
        assert read == [f"'{text}"]
        sheet = load_workbook(io.BytesIO(exporting.write("xlsx", ["Name"], [[text]]))).active
    assert sheet["A2"].data_type == "s"


def test_an_export_that_is_too_large_is_refused_and_says_what_to_do(
    admin: FlaskClient, shelf: list[tuple[str, Decimal | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", len(PRICES) - 1)
    answer = admin.get("/things/?export=csv")
    assert answer.status_code == 409
    assert "Narrow it by its filters" in answer.text
    assert admin.get("/things/?export=csv&q=thing 5").status_code == 200


def test_an_export_is_noted_and_needs_the_role_of_its_list(
    app: Flask, admin: FlaskClient, runtime: Runtime, shelf: list[tuple[str, Decimal | None]]
) -> None:
    from sqlalchemy import select

    from shared.database.tables import AuditRow

    assert app.test_client().get("/things/?export=csv").status_code == 302
    add_staff(runtime, "guest")
    guest = app.test_client()
    sign_in(guest, "guest")
    assert guest.get("/things/?export=csv").status_code == 403
    assert admin.get("/things/?export=csv").status_code == 200
    with runtime.reading() as session:
        [row] = session.scalars(select(AuditRow).where(AuditRow.action == "list-exported"))
    assert (row.subject, row.facts) == ("list/things", {"kind": "csv", "count": len(PRICES)})
