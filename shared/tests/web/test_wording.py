from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask

from shared.refusal import NotFound, Reason
from shared.testing.translations import untranslated
from shared.web.filters import local_date, local_time, masked_phone, phone, short_subject, short_type, yuan
from shared.web.validation_words import SENTENCES, translated
from shared.web.wording import for_programs, in_words


def test_every_text_of_shared_has_a_chinese_one() -> None:
    assert untranslated("shared") == []


def test_a_text_without_chinese_is_found_where_it_stands() -> None:
    found = untranslated("demo")
    assert any(text.startswith("things.py:") and text.endswith("There is no room for it.") for text in found)
    assert any(text.startswith("templates/demo/list.html:") for text in found)


@pytest.mark.parametrize(("language", "expected"), [("en", "23 Nov 2026, 09:00"), ("zh", "2026年11月23日 09:00")])
def test_times_are_shown_in_the_centres_zone(app: Flask, language: str, expected: str) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        assert local_time(datetime(2026, 11, 23, 1, 0, tzinfo=UTC)) == expected


def test_a_late_evening_in_utc_is_the_next_day_here(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert local_date(datetime(2026, 11, 23, 17, 0, tzinfo=UTC)) == "24 Nov 2026"
        assert local_date(date(2026, 11, 23), weekday=True) == "Mon 23 Nov 2026"
        assert local_time(None) == local_date(None) == ""


def test_money_has_two_decimals_and_groups() -> None:
    assert yuan(Decimal("12000")) == "¥12,000.00"
    assert yuan(None) == ""


@pytest.mark.parametrize(
    ("number", "shown"), [("+8613800001234", "138••••1234"), ("12345", "•••45"), (None, ""), ("", "")]
)
def test_telephone_numbers_are_masked(number: str | None, shown: str) -> None:
    assert masked_phone(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+8613800001234", "138 0000 1234"), ("+85221234567", "+85221234567"), ("a@b.invalid", "a@b.invalid"), (None, "")],
)
def test_chinese_telephone_numbers_are_grouped(number: str | None, shown: str) -> None:
    assert phone(number) == shown


def test_event_names_are_short() -> None:
    assert short_type("org.yizhan.membership.person.registered.v1") == "membership · person.registered"
    assert short_type("org.yizhan.membership.person.registered.v2") == "membership · person.registered.v2"
    assert short_subject("person/0192f0c1-0000-7000-8000-00001234abcd") == "person …1234abcd"


def test_a_refusal_is_translated_with_its_facts(app: Flask) -> None:
    reason = Reason(
        "forbidden", "This needs the role %(role)s in %(body)s.", facts={"role": "manager", "body": "union"}
    )
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        assert in_words(reason) == "此操作需要工会的“主管”权限。"
        assert in_words(NotFound("account").reasons[0]) == "没有找到该账号。"


def test_every_sentence_of_validation_has_its_figures_in_chinese(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        assert translated("Must be greater than or equal to 1 and less than or equal to 200.") == "应在 1 至 200 之间。"
        assert translated("Must be one of: a, b.") == "只能是以下之一：a, b。"
        assert translated("Something of our own.") == "Something of our own."
        assert all(translated(sentence) != sentence for sentence in SENTENCES if "%(" not in sentence)


def test_facts_are_plain_for_programs() -> None:
    moment = datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert for_programs({"at": moment, "amount": Decimal("2"), "days": [date(2026, 1, 1)]}) == {
        "at": "2026-11-23T01:00:00Z",
        "amount": "2.00",
        "days": ["2026-01-01"],
    }
