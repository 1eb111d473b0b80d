"""Importing people from CSV: all errors of all rows at once, all rows or none, and the same file twice is nothing."""

import io
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from membership.imports.commands import confirm, give_up, upload
from membership.imports.models import Import
from membership.imports.plan import Plan, plan
from membership.imports.queries import get_import, plan_of
from membership.imports.reading import kept_as_text, read
from membership.imports.rows import meaning
from membership.imports.timers import give_up_old_imports
from membership.imports.workbooks import annotated
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.settings import Centre
from shared.principal import SYSTEM, Principal
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock
from shared.testing.parallel import at_once

TODAY = date(2026, 11, 23)
NUMBER = "11010519491231002X"
HEADER = "姓名,身份证号,手机,邮箱,语言,出生日期,组织代码"
GOOD = (
    f"{HEADER}\n"
    f"王小明,{NUMBER},13800138000,wang@example.com,中文,1949年12月31日,P-1\n"
    "John Smith,,+8613800138001,john@example.com,English,1990/2/3,\n"
    "\n"
    "李雷,,13800138002,,,,P-1；E-1\n"
)


@pytest.fixture
def organisations(branch: Organisation, found: Callable[..., Organisation]) -> None:
    found("E-1", "enterprise", credit_code="91110000600037341L")


@pytest.fixture
def planned(runtime: Runtime, centre: Centre) -> Callable[..., Plan]:
    def make(content: str | bytes, actor: Principal = SYSTEM) -> Plan:
        with runtime.reading() as session:
            data = content.encode() if isinstance(content, str) else content
            return plan(session, data, actor=actor, centre=centre, today=TODAY)

    return make


@pytest.fixture
def take(runtime: Runtime, centre: Centre) -> Callable[..., Import]:
    """Upload and confirm."""

    def make(content: str | bytes) -> Import:
        with runtime.unit_of_work() as work:
            data = content.encode() if isinstance(content, str) else content
            made = upload(work, "people.csv", data, centre=centre)
        with runtime.unit_of_work() as work:
            return confirm(work, made.id, centre=centre)

    return make


def people(runtime: Runtime) -> int:
    with runtime.reading() as session:
        return session.scalar(select(func.count()).select_from(Person)) or 0


def found_errors(made: Plan) -> list[tuple[int, str | None, str]]:
    return [(error.row, error.column, error.reason.code) for error in made.errors]


@pytest.mark.usefixtures("organisations")
def test_a_good_file_registers_everybody_and_starts_their_memberships(
    runtime: Runtime, take: Callable[..., Import]
) -> None:
    done = take(GOOD)
    assert (done.state, done.row_count, done.registered_count, done.started_count) == ("imported", 3, 3, 3)
    assert done.content_sealed is None
    assert {event.data["name"] for event in recorded(runtime, "person.registered")} == {"王小明", "John Smith", "李雷"}
    assert sorted(event.data["role"] for event in recorded(runtime, "membership.started")) == [
        "employee",
        "member",
        "member",
    ]


@pytest.mark.usefixtures("organisations")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_usual_encodings_are_read(planned: Callable[..., Plan], encoding: str) -> None:
    made = planned(GOOD.encode(encoding))
    assert [row.data.person.name for row in made.rows] == ["王小明", "John Smith", "李雷"]
    assert made.errors == []


@pytest.mark.usefixtures("organisations")
def test_the_same_file_twice_changes_nothing(runtime: Runtime, take: Callable[..., Import]) -> None:
    take(GOOD)
    events = len(recorded(runtime))
    again = take(GOOD.encode("gb18030"))
    assert (again.registered_count, again.started_count) == (0, 0)
    assert (people(runtime), len(recorded(runtime))) == (3, events)


@pytest.mark.usefixtures("organisations")
def test_confirming_twice_at_a_time_imports_once(runtime: Runtime, centre: Centre) -> None:
    made = []
    for _ in range(3):
        with runtime.unit_of_work() as work:
            made.append(upload(work, "people.csv", GOOD.encode(), centre=centre).id)

    def confirm_one(number: int) -> str:
        with runtime.unit_of_work() as work:
            confirm(work, made[number % 3], centre=centre)
        return "confirmed"

    assert at_once(*(partial(confirm_one, number) for number in range(6))) == ["confirmed"] * 6
    assert people(runtime) == 3
    assert len(recorded(runtime, "membership.started")) == 3


@pytest.mark.usefixtures("organisations")
def test_of_two_different_files_at_a_time_with_the_same_new_people_nobody_comes_twice(
    runtime: Runtime, centre: Centre
) -> None:
    """One file knows a person by the ID number, the other by phone or the same number with another name."""
    head = "姓名,身份证号,手机,组织代码\n"
    shared = "王小明,11010519491231002X,,P-1\n李芳,,13800138001,P-1\n"
    files = (
        head + shared + "赵甲,,13800138002,\n",
        head + "钱乙,,13800138003,\n" + shared,
        head + "王晓明,11010519491231002X,,P-1\n孙丙,,13800138004,\n",
    )
    made = []
    for content in files:
        with runtime.unit_of_work() as work:
            made.append(upload(work, "people.csv", content.encode(), centre=centre).id)

    def confirm_one(number: int) -> str:
        try:
            with runtime.unit_of_work() as work:
                confirm(work, made[number], centre=centre)
        except Refused as refused:
            return refused.reasons[0].code
        return "imported"

    outcomes = at_once(*(partial(confirm_one, number) for number in range(3)))
    # Whoever came first decides how the person with the number is called; who says otherwise is refused whole.
    assert sorted(outcomes) in (
        ["differs-from-record", "imported", "imported"],
        ["differs-from-record", "differs-from-record", "imported"],
    )
    with runtime.reading() as session:
        names = sorted(session.scalars(select(Person.name)))
    assert names in (["孙丙", "王晓明"], sorted(["王小明", "李芳", "赵甲", "钱乙"]))
    assert len(recorded(runtime, "membership.started")) == (1 if "王晓明" in names else 2)


@pytest.mark.usefixtures("organisations")
def test_all_errors_of_all_rows_are_told_at_once_with_row_column_and_rule(
    planned: Callable[..., Plan], register: Callable[..., Person]
) -> None:
    register("赵六", id_number=NUMBER)
    made = planned(
        f"{HEADER}\n"
        ",,12,nobody,Klingon,1990-02-30,X-9\n"
        "王小明,1.10105E+17,13800138000,,,,P\n"
        "王小明,,13800138000,,,,\n"
        "李雷,,,,,,\n"
        f"钱七,{NUMBER},,,,,\n"
        "孙小宝,,,,,2018-01-01,\n"
        "=HYPERLINK(1),,+1+cmd,,,,\n"
        "周八,,13800138003,,,,,多余\n"
    )
    assert found_errors(made) == [
        (2, "name", "name-length"),
        (2, "phone", "phone-invalid"),
        (2, "email", "email-invalid"),
        (2, "language", "language-unknown"),
        (2, "birth_on", "date-invalid"),
        (2, "organisation", "organisation-unknown"),
        (3, "id_number", "id-number-from-spreadsheet"),
        (3, "organisation", "nobody-joins"),
        (4, "phone", "twice-in-file"),
        (5, None, "not-recognisable"),
        (6, "name", "differs-from-record"),
        (7, "birth_on", "guardian-needed"),
        (8, "name", "formula"),
        (8, "phone", "formula"),
        (9, None, "too-many-cells"),
    ]


@pytest.mark.usefixtures("organisations")
def test_with_one_error_nobody_is_imported(runtime: Runtime, centre: Centre, clerk: Callable[..., Principal]) -> None:
    content = GOOD + "周八,,12,,,,\n"
    with runtime.unit_of_work(actor=clerk("officer")) as work:
        made = upload(work, "people.csv", content.encode(), centre=centre)
    with pytest.raises(Refused) as caught, runtime.unit_of_work(actor=clerk("officer")) as work:
        confirm(work, made.id, centre=centre)
    [reason] = [reason for reason in caught.value.reasons if reason.code == "phone-invalid"]
    assert (reason.field, reason.facts["row_number"], reason.facts["column"]) == ("rows.6.phone", 6, "phone")
    assert people(runtime) == 0
    with runtime.reading() as session:
        assert get_import(session, made.id, SYSTEM).state == "waiting"


@pytest.mark.usefixtures("organisations")
def test_somebody_known_by_the_id_number_only_joins(
    runtime: Runtime, register: Callable[..., Person], planned: Callable[..., Plan]
) -> None:
    known = register("王小明", id_number=NUMBER, phone="13800138000")
    made = planned(f"姓名,身份证号,组织代码\n王小明,{NUMBER},P-1\n")
    [row] = made.rows
    assert (row.action, row.person.id if row.person else None, made.errors) == ("join", known.id, [])


def test_a_namesake_with_the_same_birthday_is_noted_and_not_refused(
    register: Callable[..., Person], planned: Callable[..., Plan]
) -> None:
    register("王小明", birth_on=date(1990, 2, 3), phone="13800138000")
    made = planned("name,birth date,phone\n王小明,1990-02-03,13800138009\n")
    [row] = made.rows
    assert (row.action, [note.code for note in row.notes], made.errors) == ("register", ["namesake"], [])


def test_an_officer_of_one_body_imports_no_members_of_another(
    branch: Organisation, planned: Callable[..., Plan], clerk: Callable[..., Principal]
) -> None:
    made = planned("姓名,手机,组织代码\n王小明,13800138000,P-1\n", clerk("officer", "union"))
    assert found_errors(made) == [(2, "organisation", "not-your-body")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file-empty"),
        (b"\n , \n", "file-empty"),
        ("姓名\n".encode(), "no-rows"),
        (b"PK\x03\x04\x00\x00", "not-a-workbook"),
        (b"x\x00y", "not-a-csv-file"),
        (b"\xff\xfe\xff\xff\xff", "encoding-unknown"),
        ("手机\n1\n".encode(), "column-missing"),
        ("姓名,姓名\nx,y\n".encode(), "column-twice"),
        ("姓名,血型\nx,y\n".encode(), "column-unknown"),
        ('姓名,手机\n"x,1\n'.encode(), "csv-malformed"),
        (("姓名\n" + "x\n" * 5001).encode(), "too-many-rows"),
    ],
)
def test_a_file_that_is_no_table_of_people_is_refused_at_once(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        read(content)
    assert caught.value.code == code


def test_semicolons_and_tabs_separate_too() -> None:
    for separator in ";\t":
        [row] = read(f"姓名{separator}手机\n王{separator}1\n".encode()).rows
        assert row.cells == {"name": "王", "phone": "1"}


@pytest.mark.parametrize("value", ["=1+1", "+86138", "-1", "@x", "\t=1"])
def test_what_a_spreadsheet_would_run_is_never_exported_live(value: str) -> None:
    assert kept_as_text(value).startswith("'")


def test_an_exported_cell_comes_back_as_it_was() -> None:
    [row] = read(f"姓名,手机\n王,{kept_as_text('+8613800138000')}\n".encode()).rows
    assert row.cells["phone"] == "+8613800138000"


def test_a_file_is_sealed_while_it_waits_and_removed_when_it_waits_too_long(
    runtime: Runtime, clock: SettableClock, centre: Centre
) -> None:
    with runtime.unit_of_work() as work:
        made = upload(work, "C:\\files\\people.csv", GOOD.encode(), centre=centre)
    assert made.file_name == "people.csv"
    assert NUMBER.encode() not in (made.content_sealed or b"")
    clock.advance(hours=23)
    assert give_up_old_imports(runtime) == 0
    clock.advance(hours=2)
    assert give_up_old_imports(runtime) == 1
    with runtime.reading() as session:
        found = get_import(session, made.id, SYSTEM)
        assert (found.state, found.content_sealed) == ("given-up", None)
        assert plan_of(session, found, actor=SYSTEM, centre=centre, today=TODAY) is None
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        confirm(work, made.id, centre=centre)
    assert caught.value.code == "import-given-up"


def test_giving_up_removes_the_content(runtime: Runtime, centre: Centre) -> None:
    with runtime.unit_of_work() as work:
        made = upload(work, "people.csv", GOOD.encode(), centre=centre)
        assert give_up(work, made.id).content_sealed is None


def test_a_workbook_is_read_like_a_csv_file_and_a_mangled_number_stays_visible() -> None:
    content = workbook(
        [["姓名", "手机", "身份证号", "出生日期"], ["林海", 13800138000, 1.1010519491231e17, date(1990, 5, 1)]]
    )
    [row] = read(content).rows
    assert row.cells["phone"] == "13800138000"
    assert row.cells["birth_on"] == "1990-05-01"
    [error] = meaning(row, date(2026, 11, 23))[1]
    assert error.reason.code == "id-number-from-spreadsheet"


def test_errors_come_back_at_their_cells_and_nothing_in_the_workbook_runs() -> None:
    file = read("姓名,手机\n=1+1,12\n林海,13800138000\n".encode())
    errors = {2: [("name", "formula"), ("phone", "no phone"), (None, "row")]}
    sheet = load_workbook(io.BytesIO(annotated(file.titles, file.columns, file.lines, errors, "Errors"))).active
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].comment.text) == ("=1+1", "s", "formula")
    assert (sheet["B2"].comment.text, sheet["C2"].value) == ("no phone", "formula\nno phone\nrow")
    assert (sheet["A3"].comment, sheet["C3"].value) == (None, None)


def workbook(rows: list[list[object]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
