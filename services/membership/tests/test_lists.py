"""Lists: sorted by their headings, and as a file in the same order."""

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from membership.add_requests.models import AddRequest
from membership.app import create_app
from membership.appraisals.models import Appraisal
from membership.archive.models import ArchivePaper
from membership.development.models import DevelopmentFile
from membership.dues.models import DuesAssessment
from membership.erasures.models import Erasure
from membership.floating.models import FloatingStay
from membership.guidance.models import GuidanceVisit
from membership.households.models import Household
from membership.imports.models import Import
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.transfers.models import Transfer
from shared.identifiers import new_id
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.web import add_staff, sign_in

LISTS = {  # the address, and what the list is sorted by
    "/people/?": ("name", "born"),
    "/transfers/?": ("requested", "letter"),
    "/dues/?state=overdue&": ("name", "month", "amount", "open"),
    "/development/?": ("name", "opened"),
    "/memberships/?": ("name", "start", "end"),
    "/households/?": ("name",),
    "/floating/?": ("name", "since", "expected"),
    "/appraisals/?": ("year", "held"),
    "/archive/?": ("number", "title", "dated", "place", "kept"),
    "/guidance/?": ("visited", "visitors"),
    "/add-requests/?": ("person", "until"),
    "/erasures/?": ("person", "by", "asked"),
    "/imports/?": ("file", "uploaded", "rows"),
    "/branches/?": ("code",),
}


def test_lists_are_sorted_by_their_headings_and_exported_as_they_stand(
    runtime: Runtime,
    register: Callable[..., Person],
    found: Callable[..., Organisation],
    join: Callable[..., Membership],
) -> None:
    committee = found("P", "party-committee")
    first, second = found("P-1", "party-branch", committee), found("P-2", "party-branch", committee)
    for number, name, branch in ((2, "B 王小明", second), (1, "A 李芳", first)):
        person = register(name, birth_on=date(1980 + number, 1, 1))
        join(person, branch, start_on=date(2026, number, 1), end_on=date(2027, number, 1))
        with runtime.unit_of_work() as work:
            work.session.add_all(_records(number, person, branch, work.now))
    add_staff(runtime, "li", Grant("officer", "*"), language="en")
    client = create_app(runtime).test_client()
    sign_in(client, "li")
    for path, names in LISTS.items():
        file = path.replace("/people/", "/people/export.csv")
        for wish in names:
            up = heads(client.get(f"{path}sort={wish}").text)
            assert up == sorted(up), f"{path} by {wish}"
            assert heads(client.get(f"{path}sort=-{wish}").text) == up[::-1], f"{path} by {wish}"
            for sort, shown in ((wish, up), (f"-{wish}", up[::-1])):
                answer = client.get(f"{file}export=csv&sort={sort}")
                rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
                assert [row[0] for row in rows][1:] == shown, f"{path} by {sort}"
    assert [row[0] for row in csv.reader(io.StringIO(client.get("/people/export.csv").text))][1:] == [
        "A 李芳",
        "B 王小明",
    ]


def test_trees_of_organisations_are_exported_as_they_stand_with_what_each_stands_under(
    runtime: Runtime,
    found: Callable[..., Organisation],
    join: Callable[..., Membership],
    register: Callable[..., Person],
) -> None:
    committee = found("P", "party-committee")
    join(register("王小明"), found("P-2", "party-branch", committee), start_on=date(2026, 1, 1))
    found("U", "union-federation")
    found("P-1", "party-branch", committee)
    add_staff(runtime, "li", Grant("viewer", "union"), language="en")
    client = create_app(runtime).test_client()
    sign_in(client, "li")

    def rows(query: str) -> list[list[str]]:
        text = client.get(f"/organisations/?export=csv{query}").data.decode("utf-8-sig")
        return [[row[0], row[5], row[6]] for row in csv.reader(io.StringIO(text))]

    heading = ["Code", "Under (code)", "People"]
    assert rows("") == [heading, ["P", "", "0"], ["P-1", "P", "0"], ["P-2", "P", "1"], ["U", "", "0"]]
    assert rows("&body=union") == [heading, ["U", "", "0"]]
    assert rows("&as_of=2025-12-31") == [heading, ["P", "", "0"], ["P-1", "P", "0"], ["P-2", "P", "0"], ["U", "", "0"]]


def heads(page: str) -> list[str]:
    """What stands first in each row of the list that can be sorted; a file has it in its first column."""
    [table] = [one for one in re.findall(r"<table.*?</table>", page, re.DOTALL) if "aria-sort" in one]
    found = [html.unescape(one) for one in re.findall(r'<th scope="row"[^>]*>\s*<a [^>]*>(.*?)</a>', table)]
    assert len(found) == 2
    return found


def _records(number: int, person: Person, branch: Organisation, now: Any) -> list[Any]:
    """One row for each list; whatever is counted or dated grows with the number."""
    day, later = date(2026, number, 2), date(2026, number + 6, 2)
    common = {"id": new_id(), "created_at": now}
    belongs = {"person_id": person.id, "organisation_id": branch.id}
    amount = Decimal(number)
    return [
        Transfer(
            **common, person_id=person.id, from_organisation_id=branch.id, to_place="外地", role="member",
            state="requested", requested_on=day, valid_until=later, letter_number=f"2026-{number}",
            verify_code=str(number), note="", requested_by="x",
        ),
        DuesAssessment(
            **common, **belongs, month=date(2026, number, 1), category="employed", base=amount, amount=amount,
            paid=Decimal(), rates="x",
        ),
        DevelopmentFile(**common, **belongs, stage="applicant", state="open", opened_on=day),
        Household(**common, name=f"{person.name}家"),
        FloatingStay(
            **common, person_id=person.id, home_organisation_id=branch.id, host_place="外地", started_on=day,
            expected_until=later, note="", recorded_by="x",
        ),
        Appraisal(**common, organisation_id=branch.id, year=2020 + number, held_on=day, recorded_by="x",
                  excellent_part=1, excellent_whole=3),
        ArchivePaper(
            **common, number=f"2026-{number}", organisation_id=branch.id, title=f"{number}", dated_on=day,
            place=f"{number}", retention="years-10", keep_until=later, state="kept", recorded_by="x",
        ),
        AddRequest(
            id=new_id(), person_id=person.id, body="union", owner="party", state="requested", reason="x", until=later,
            answer_by=later, requested_by="x", requested_at=now,
        ),
        Erasure(
            id=new_id(), person_id=person.id, state="requested", reason="x", requested_by="x",
            requested_by_name=f"{number}", requested_at=now + timedelta(days=number),
        ),
        Import(
            id=new_id(), file_name=f"{number}.csv", digest=b"0" * 32, state="given-up", row_count=number,
            uploaded_by="x", uploaded_at=now + timedelta(days=number),
        ),
        GuidanceVisit(
            **common, organisation_id=branch.id, visited_on=day, visitors=f"{number}", summary="x", recorded_by="x"
        ),
    ]  # fmt: skip
