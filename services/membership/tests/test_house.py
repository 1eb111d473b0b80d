"""What a Party office settles for itself, and where it says so."""

import copy
from pathlib import Path

import pytest
import yaml

from membership.house import house, read
from membership.rule_files import VARIABLE, rule_folder, rule_text

DOCUMENT = yaml.safe_load(rule_text("membership", "house.yaml"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"letter_months": 0}, "letter_months"),
        ({"letter_months": "3"}, "letter_months"),
        ({"loan_day": 3}, "loan_day"),
        ({"terms": {**DOCUMENT["terms"], "years": {"party-branch": 4}}}, "terms.years"),
        ({"terms": {**DOCUMENT["terms"], "years": {"party-twig": 3}}}, "terms.years"),
        ({"elections": {**DOCUMENT["elections"], "quorum": {"at_least": "5/4"}}}, "elections.quorum"),
        ({"appraisal": {**DOCUMENT["appraisal"], "months_after": 0}}, "appraisal.months_after"),
        ({"meetings": [{"duty": "tea", "every": "day", "who": "members", "kinds": []}]}, "tea"),
        ({"study": {**DOCUMENT["study"], "hours": -1}}, "study.hours"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(change: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        read({**copy.deepcopy(DOCUMENT), **change})


def test_the_office_replaces_a_file_and_keeps_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = yaml.safe_dump({**DOCUMENT, "letter_months": 1})
    (tmp_path / "house.yaml").write_text(mine, encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    house.cache_clear()
    try:
        assert house().letter_months == 1
    finally:
        house.cache_clear()
    assert "half-up" in rule_text("membership.dues", "rates.yaml")
    assert {one.name for one in rule_folder("membership.development", "packs").iterdir()} == {"2014.yaml", "2026.yaml"}
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match=VARIABLE):
        rule_text("membership", "house.yaml")
