"""The sample centre's organisations and 300 invented people, loaded through the service's own commands."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from stdnum.cn import ric, uscc

from membership import sample_branches, sample_meetings, sample_party, sample_records
from membership.consents.rules import ConsentData
from membership.households.commands import MemberData, found_household
from membership.households.models import Household
from membership.memberships.commands import start_membership
from membership.memberships.models import Membership
from membership.organisations.commands import found_organisation
from membership.organisations.models import Organisation
from membership.organisations.rules import OrganisationData
from membership.people.commands import register_person
from membership.people.models import Person
from membership.people.rules import PersonData
from membership.settings import Centre
from shared.database import UnitOfWork
from shared.runtime import Runtime
from shared.sample import ADULTS, CHILDREN, EMPLOYEES, HOUSEHOLDS, email, guardians_of, language, phone, sample_id
from shared.staff.sample import add_sample_staff

BATCH = 25
_SURNAMES = (
    "林 Lin,江 Jiang,周 Zhou,沈 Shen,陆 Lu,顾 Gu,方 Fang,许 Xu,何 He,吕 Lü,施 Shi,孔 Kong,曹 Cao,严 Yan,华 Hua,"
    "金 Jin,魏 Wei,陶 Tao,姜 Jiang,戚 Qi"
)
_FIRST = "安 An,明 Ming,晓 Xiao,文 Wen,雨 Yu,志 Zhi,思 Si,佳 Jia,子 Zi,春 Chun,建 Jian,海 Hai,梓 Zi"
_SECOND = "禾 he,舟 zhou,澄 cheng,岚 lan,川 chuan,宁 ning,溪 xi,原 yuan,珩 heng,朗 lang,苒 ran"


def load(runtime: Runtime) -> None:
    """Load what is not there yet. What it starts lies in the past and concerns nobody's messages."""
    centre = Centre.of(runtime.settings)
    today = centre.today(runtime.clock())
    with runtime.unit_of_work() as work:
        add_sample_staff(work, runtime.settings)
        _found_organisations(work, _facts(runtime))
    people = [*ADULTS, *CHILDREN, *EMPLOYEES]
    for start in range(0, len(people), BATCH):
        with runtime.unit_of_work() as work:
            for number in people[start : start + BATCH]:
                _register(work, number, centre, today)
            if people[start] in ADULTS:
                _found_households(work, people[start : start + BATCH], centre)
    starts = list(_memberships(today))
    for start in range(0, len(starts), 4 * BATCH):
        with runtime.unit_of_work() as work:
            for number, code, role, since, until in starts[start : start + 4 * BATCH]:
                _join(work, number, code, role, since, until)
    sample_party.load(runtime)
    sample_records.load(runtime)
    sample_branches.load(runtime)
    sample_meetings.load(runtime)


def _facts(runtime: Runtime) -> Mapping[str, Any]:
    """The centre's own facts, where the environment says where they are."""
    path = runtime.settings.environ.get("YIZHAN_SAMPLE")
    if not path:
        return {}
    document: Mapping[str, Any] = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    stations = {station["code"].upper(): station for station in document["stations"]}
    return {**stations, "CENTRE": document["centre"]["name"], "XINDUO": document["centre"]["enterprise"]}


def _found_organisations(work: UnitOfWork, facts: Mapping[str, Any]) -> None:
    text = files("membership").joinpath("sample_organisations.yaml").read_text(encoding="utf-8")
    for given in yaml.safe_load(text)["organisations"]:
        organisation_id = sample_id("organisation", given["code"])
        if work.session.get(Organisation, organisation_id) is not None:
            continue
        names = facts.get(given["code"], given)
        code = given.get("credit")
        found_organisation(
            work,
            OrganisationData(
                given["code"],
                given["kind"],
                names["zh"],
                names["en"],
                code + uscc.calc_check_digit(code) if code else None,
            ),
            parent_id=sample_id("organisation", given["parent"]) if "parent" in given else None,
            sample=True,
            organisation_id=organisation_id,
        )


def _register(work: UnitOfWork, number: int, centre: Centre, today: date) -> None:
    person_id = sample_id("person", number)
    if work.session.get(Person, person_id) is not None:
        return
    child = number in CHILDREN
    born = _birth_date(number, today)
    guardians = tuple(sample_id("person", guardian) for guardian in guardians_of(number)) if child else ()
    data = PersonData(
        name=_name(number),
        language=language(number),
        phone=None if child else phone(number),
        email=None if child else email(number),
        birth_on=born,
        id_number=_id_number(born) if number in ADULTS else None,
        guardian_ids=guardians,
        consent=ConsentData(today - timedelta(days=30), f"同意书 {number:03d}") if child else None,
        sample=True,
    )
    register_person(work, data, centre=centre, person_id=person_id)


def _found_households(work: UnitOfWork, numbers: list[int], centre: Centre) -> None:
    """The households whose two adults are there by now; their child joins them when it is registered."""
    for household in HOUSEHOLDS:
        household_id = sample_id("household", household)
        adults = (2 * household - 1, 2 * household)
        if adults[1] not in numbers or work.session.get(Household, household_id) is not None:
            continue
        name = f"{_name(adults[1])}家" if language(adults[1]) == "zh-Hans" else f"{_name(adults[1])}'s household"
        members = [MemberData(sample_id("person", adult)) for adult in adults]
        found_household(work, name, members, centre=centre, sample=True, household_id=household_id)


def _join(work: UnitOfWork, number: int, code: str, role: str, since: date, until: date | None) -> None:
    membership_id = sample_id("membership", f"{number}/{code}/{role}/{'past' if until else 'now'}")
    if work.session.get(Membership, membership_id) is None:
        start_membership(
            work,
            person_id=sample_id("person", number),
            organisation_id=sample_id("organisation", code),
            role=role,
            start_on=since,
            end_on=until,
            membership_id=membership_id,
        )


def _name(number: int) -> str:
    """An invented name; a child bears the second guardian's surname. English readers get it in Latin letters."""
    family = guardians_of(number)[1] if number in CHILDREN else number
    surname = _SURNAMES.split(",")[(family * 7 + family // 20) % 20].split()
    first = _FIRST.split(",")[(number + (7 if number in CHILDREN else 0)) % 13].split()
    place = number * 9 + 10 if number in CHILDREN else number * 3
    second = _SECOND.split(",")[place % 11].split()
    if language(number) == "en":
        return f"{first[1]}{second[1]} {surname[1]}"
    return surname[0] + first[0] + second[0]


def _birth_date(number: int, today: date) -> date:
    """Guardians are 34 to 44, children 7 to 12, employees 20 to 49 years old; no two adults share a birthday."""
    if number in CHILDREN:
        return date(today.year - 12, 3, 2) + timedelta(days=(number - 120) * 29)
    if number in ADULTS:
        return date(today.year - 44, 1, 5) + timedelta(days=number * 29)
    return date(today.year - 49, 2, 3) + timedelta(days=(number - 180) * 88)


def _id_number(born: date) -> str:
    """A well-formed number that nobody has: serial numbers of one day begin with 001."""
    stem = f"110105{born:%Y%m%d}000"
    return stem + str(ric.calc_check_digit(stem + "0"))


def _memberships(today: date) -> Iterator[tuple[int, str, str, date, date | None]]:
    """Who belongs where: person, organisation, role, since, until."""
    for number in (*ADULTS, *EMPLOYEES):
        since = today - timedelta(days=400 + number * 7)
        employer = ("XINDUO-ASSEMBLY", "XINDUO-OFFICE", "XINDUO-ASSEMBLY", "BLOCK-1", "BLOCK-2", "BLOCK-3")[number % 6]
        yield number, employer, "employee", since, None
        of_xinduo = employer.startswith("XINDUO")
        yield number, "UNION-1" if of_xinduo else "UNION-2", "member", since + timedelta(days=30), None
        if number % 4 == 0:
            branch = ("PARTY-1", "PARTY-2", "PARTY-3")[number // 12 % 3] if of_xinduo else "PARTY-4"
            yield number, branch, "member", since + timedelta(days=60), None
            if branch == "PARTY-1" and number % 8 == 0:
                yield number, "PARTY-1-1", "member", since + timedelta(days=120), None
        elif number % 18 == 1:
            yield number, "PARTY-1", "activist", today - timedelta(days=240 + number), None
        if number > 220 and number % 3 == 1:
            yield number, "LEAGUE-1" if number % 2 else "LEAGUE-2", "member", since + timedelta(days=45), None
        if number in ADULTS and number % 2:
            yield number, "WOMEN-1", "member", since + timedelta(days=90), None
        if employer == "XINDUO-ASSEMBLY" and number % 9 == 0:
            yield number, "UNION-1-1", "member", since + timedelta(days=50), None
        if number % 12 == 0:
            yield number, "VOLUNTEERS", "volunteer", today - timedelta(days=200), None
        if number % 40 == 3:
            yield number, "BLOCK-1", "employee", date(2015, 3, 1), date(2016, 3, 1)
    offices = (
        (4, "PARTY", "secretary"),
        (8, "PARTY-1", "secretary"),
        (16, "PARTY-2", "secretary"),
        (24, "PARTY-3", "secretary"),
        (28, "PARTY-4", "secretary"),
        (2, "UNION-1", "chair"),
        (223, "LEAGUE", "secretary"),
        (1, "WOMEN", "chair"),
        (12, "VOLUNTEERS", "leader"),
        (20, "FLOATING-MEMBERS", "leader"),
        (32, "HARDSHIP-MEMBERS", "leader"),
        (36, "DISTANCE-EDUCATION", "leader"),
    )
    for number, code, role in offices:
        yield number, code, role, today - timedelta(days=365), None
