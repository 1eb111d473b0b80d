"""Organisations: typed trees, credit codes, and closing."""

from collections.abc import Callable
from datetime import date

import pytest

from membership.memberships.models import Membership
from membership.organisations import credit_codes
from membership.organisations.commands import change_organisation, close_organisation, found_organisation
from membership.organisations.kinds import kinds, read
from membership.organisations.models import Organisation
from membership.organisations.rules import OrganisationData
from membership.people.models import Person
from shared.principal import Principal
from shared.refusal import Forbidden, Refused
from shared.runtime import Runtime
from shared.testing.delivery import recorded

CREDIT_CODE = "91110000600037341L"


def test_founding_tells_the_others(runtime: Runtime, branch: Organisation) -> None:
    event = recorded(runtime, "organisation.changed")[-1]
    assert event.data == {
        "organisation_id": str(branch.id),
        "parent_id": str(branch.parent_id),
        "kind": "party-branch",
        "body": "party",
        "name_zh": "组织P-1",
        "name_en": "Organisation P-1",
        "active": True,
    }


@pytest.mark.parametrize("kind", ["union-group", "party-committee", "party-general-branch", "party-branch"])
def test_a_kind_stands_only_under_kinds_that_allow_it(
    found: Callable[..., Organisation], branch: Organisation, kind: str
) -> None:
    with pytest.raises(Refused) as caught:
        found("X-1", kind, branch)
    assert caught.value.code == "not-a-child-of"


def test_a_branch_does_not_stand_alone(found: Callable[..., Organisation]) -> None:
    with pytest.raises(Refused) as caught:
        found("X-1", "party-branch")
    assert caught.value.code == "parent-needed"


def test_no_kind_may_stand_under_itself() -> None:
    document = {
        "roles": {"member": {"zh": "成员", "en": "Member"}},
        "kinds": {
            "a": {"body": None, "zh": "甲", "en": "A", "children": ["b"], "roles": ["member"]},
            "b": {"body": None, "zh": "乙", "en": "B", "children": ["a"], "roles": ["member"]},
        },
    }
    with pytest.raises(ValueError, match="under itself"):
        read(document)


def test_every_body_has_a_tree() -> None:
    roots = {kind.body for kind in kinds().by_code.values() if kinds().is_root(kind.code)}
    assert roots == {"party", "union", "league", "women", None}


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        (CREDIT_CODE, True),
        ("9111 0000 6000 3734 1l", True),
        ("９１１１００００６０００３７３４１Ｌ", True),
        ("911100006000373411", False),
        ("9111000060003734", False),
        ("91110000600O37341L", False),
    ],
)
def test_a_credit_code_has_its_check_character(code: str, valid: bool) -> None:
    assert credit_codes.is_valid(credit_codes.normalised(code)) is valid


def test_an_enterprise_has_a_credit_code_of_its_own(found: Callable[..., Organisation]) -> None:
    found("E-1", "enterprise", credit_code=CREDIT_CODE)
    with pytest.raises(Refused) as caught:
        found("E-2", "enterprise", credit_code=CREDIT_CODE)
    assert caught.value.code == "credit-code-taken"
    with pytest.raises(Refused) as caught:
        found("E-3", "enterprise")
    assert caught.value.code == "credit-code-needed"
    with pytest.raises(Refused) as caught:
        found("C-1", "centre", credit_code=CREDIT_CODE)
    assert caught.value.code == "credit-code-not-for-this-kind"


def test_a_code_is_taken_once(found: Callable[..., Organisation], branch: Organisation) -> None:
    with pytest.raises(Refused) as caught:
        found("p-1", "union-federation")
    assert caught.value.code == "code-taken"


def test_each_body_founds_its_own(runtime: Runtime, clerk: Callable[..., Principal]) -> None:
    data = OrganisationData("U", "union-federation", "工会联合会", "Union federation")
    with pytest.raises(Forbidden), runtime.unit_of_work(actor=clerk("officer", "party")) as work:
        found_organisation(work, data)
    with runtime.unit_of_work(actor=clerk("officer", "union")) as work:
        assert found_organisation(work, data).body == "union"


def test_an_organisation_moves_under_another_parent_of_the_right_kind(
    runtime: Runtime, found: Callable[..., Organisation], branch: Organisation
) -> None:
    general = found("PG", "party-general-branch", runtime_parent(runtime, branch))
    with runtime.unit_of_work() as work:
        changes = {"parent_id": general.id, "name_zh": "第一党支部"}
        moved = change_organisation(work, branch.id, changes, version=1, today=date(2026, 11, 23))
    assert (moved.parent_id, moved.name_zh, moved.version) == (general.id, "第一党支部", 2)
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        change_organisation(work, branch.id, {"parent_id": branch.id}, version=2, today=date(2026, 11, 23))
    assert caught.value.code == "not-a-child-of"


def runtime_parent(runtime: Runtime, organisation: Organisation) -> Organisation:
    with runtime.reading() as session:
        parent = session.get(Organisation, organisation.parent_id)
    assert parent is not None
    return parent


def test_what_has_members_or_children_is_not_closed(
    runtime: Runtime,
    register: Callable[..., Person],
    branch: Organisation,
    join: Callable[..., Membership],
    found: Callable[..., Organisation],
) -> None:
    today = date(2026, 11, 23)
    found("P-1-1", "party-group", branch)
    join(register("王小明"), branch)
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        close_organisation(work, branch.id, version=1, today=today)
    assert [reason.code for reason in caught.value.reasons] == ["has-children", "has-members"]
    empty = found("P-2", "party-branch", runtime_parent(runtime, branch))
    with runtime.unit_of_work() as work:
        assert close_organisation(work, empty.id, version=1, today=today).active is False
    assert recorded(runtime, "organisation.changed")[-1].data["active"] is False
    with pytest.raises(Refused) as caught:
        join(register("李雷"), empty)
    assert caught.value.code == "organisation-closed"
