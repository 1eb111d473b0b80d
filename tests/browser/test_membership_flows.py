"""What a Party office does with people, files, dues and letters, by keyboard alone, in both languages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.sample import sample_id
from shared.testing.processes import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
AtCentre = Callable[..., Any]
# Half of the walks without scripts: every page must work without them.
both_ways = pytest.mark.parametrize(("locale", "scripts"), [("zh-CN", True), ("en", False)])


def person(centre: Any, number: int) -> tuple[UUID, str]:
    """The id and the name of a person of the sample."""
    person_id = sample_id("person", number)
    return person_id, centre.get("membership", f"/people/{person_id}")["name"]


@both_ways
def test_a_list_of_people_is_imported_after_its_errors_are_seen(
    at_centre: AtCentre, tmp_path: Path, locale: str, scripts: bool
) -> None:
    tail = "1" if scripts else "2"
    wrong, right = tmp_path / "wrong.csv", tmp_path / "right.csv"
    wrong.write_text("姓名,手机\r\n卓文君,138\r\n", "utf-8")
    right.write_text(f"姓名,手机\r\n卓文君{tail},+861390013900{tail}\r\n司马相{tail},+861390013901{tail}\r\n", "utf-8")
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("membership", "reception", "/imports/")
    desk.press("Upload a file")
    desk.give_file("Excel or CSV file", wrong)
    desk.press("Show the preview")
    desk.reads("Nothing can be imported yet: %(count)s errors.", count=1)
    assert desk.barriers() == {}
    desk.press("Upload the corrected file")
    desk.give_file("Excel or CSV file", right)
    desk.press("Show the preview")
    desk.reads(f"司马相{tail}")
    desk.press("Import %(count)s rows", count=2)
    desk.reads("%(count)s people are registered.", count=2)
    desk.reads("Imported")
    assert desk.barriers() == {}


@pytest.mark.parametrize(
    ("locale", "scripts", "number", "outcome"),
    [("zh-CN", False, 203, "The ballot is on file."), ("en", True, 207, "Something is not right yet")],
)
def test_a_file_goes_on_to_a_secret_ballot_which_is_refused_before_its_day(
    at_centre: AtCentre, centre: Any, locale: str, scripts: bool, number: int, outcome: str
) -> None:
    _, name = person(centre, number)
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("membership", "party", "/development/")
    desk.write("Search by name", name)
    desk.enter()
    desk.press(name)
    for _step in range(5):
        desk.press("Next step")
        assert desk.barriers() == {}
        if desk.asks_for("Papers that came with it"):
            desk.tick_all("Papers that came with it")
        if desk.asks_for("In favour"):
            break
        if desk.asks_for("Days of training"):
            desk.write("Days of training", "3")
        desk.press("Save")
    assert desk.barriers() == {}
    present = desk.tick_all("Who was there")
    desk.write("In favour", str(present - 1))
    desk.write("Abstained", "1")
    desk.press("Save")
    desk.reads(outcome)
    assert desk.barriers() == {}


@both_ways
def test_dues_are_paid_and_the_receipt_is_there_to_print(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("membership", "party", "/dues/?state=open")
    desk.press("Pay")
    desk.write("Amount in yuan", "0.00")
    desk.press("Go on")
    assert desk.barriers() == {}
    desk.write("Amount in yuan", "0.10")
    desk.choose("Way to pay", "Cash")
    desk.press("Go on")
    assert desk.barriers() == {}
    desk.press("Enter the payment")
    desk.reads("Party dues received. Print this page for the member.")
    desk.reads("¥0.10")
    assert desk.barriers() == {}


@pytest.mark.parametrize(("locale", "scripts", "number"), [("zh-CN", True, 36), ("en", False, 64)])
def test_a_member_moves_with_a_letter_that_anybody_can_verify(
    at_centre: AtCentre, centre: Any, locale: str, scripts: bool, number: int
) -> None:
    person_id, name = person(centre, number)
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("membership", "party", f"/people/{person_id}")
    desk.press("Transfer", whole=True)
    desk.write("Or elsewhere, in words", "外地某街道党支部")
    desk.press("Save")
    desk.reads("Until it is accepted the member belongs to the old branch, votes there and pays dues there.")
    assert desk.barriers() == {}
    letter = desk.page.locator(".text-break").inner_text()
    holder = at_centre(locale, scripts=scripts)
    holder.page.goto(letter)
    holder.reads("The letter was issued here.")
    assert name not in holder.page.locator("main").inner_text()
    assert holder.barriers() == {}
    desk.press("Accept")
    desk.reads("Dues that were paid stay with the branch that received them.")
    desk.press("Accept")
    desk.reads("The transfer is accepted.")
    holder.page.reload()
    holder.reads("Accepted")


@both_ways
def test_two_records_of_one_person_become_one(at_centre: AtCentre, centre: Any, locale: str, scripts: bool) -> None:
    name = "诸葛慧" if scripts else "Zhuge Hui"
    for phone in (None, f"+86139001390{30 + scripts}"):
        centre.post("membership", "/people", {"name": name, "birth_on": "1991-04-0" + str(2 + scripts), "phone": phone})
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("membership", "approver", f"/people/?q={name}")
    desk.press(name)
    desk.press("Compare")
    assert desk.barriers() == {}
    desk.press("One person: keep the first record")
    desk.write("Reason", "entered twice")
    desk.press("Merge")
    desk.reads("Other services")
    wait_until(lambda: _answered(desk) == 4, 60, "all four services answered")
    assert desk.barriers() == {}


def _answered(desk: Any) -> int:
    desk.page.reload()
    words: list[str] = desk.page.locator("td .state").all_inner_texts()
    return words.count(desk.words("Answered"))


@both_ways
def test_somebody_is_erased_when_a_second_person_confirms(
    at_centre: AtCentre, centre: Any, locale: str, scripts: bool
) -> None:
    name = "端木清" if scripts else "Duanmu Qing"
    person_id = centre.post("membership", "/people", {"name": name, "birth_on": "1988-05-06"})["id"]
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("membership", "reception", f"/people/{person_id}")
    desk.press("Erase")
    desk.write("Reason", "has left, asked for it in writing")
    desk.press("Ask for it")
    assert desk.barriers() == {}
    wait_until(lambda: _answered(desk) == 4, 60, "all four services answered")
    other = at_centre(locale, scripts=scripts)
    other.sign_in("membership", "approver", desk.page.url.removeprefix(desk.address("membership")))
    other.press("Confirm")
    other.reads("Amounts, days and states stay, under an id that names nobody.")
    assert other.barriers() == {}
    other.press("Erase for good")
    desk.open("membership", f"/people/?q={name}")
    assert name not in desk.page.locator("main").inner_text()


@both_ways
def test_the_year_of_a_branch_says_what_is_missing(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("membership", "party", "/branches/")
    first = desk.page.locator("main tbody th a").first.inner_text()
    desk.press(first)
    desk.reads("Three meetings and one lesson")
    desk.reads("Sessions that members attended")
    assert desk.barriers() == {}
    desk.press("Change")
    desk.choose("Counts as", "Theme day")
    assert desk.barriers() == {}
    desk.press("Save")
    desk.reads("noted")
    assert desk.barriers() == {}
