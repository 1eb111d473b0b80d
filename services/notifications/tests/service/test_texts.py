"""The first rules and templates are complete, and every text has its Chinese."""

import pytest

from notifications.messages import words
from notifications.messages.content import render_text
from notifications.messages.rules import TEST_EVENT
from notifications.rules.commands import all_rules
from notifications.rules.events import events_for_rules, fields_of
from notifications.service import SERVICE
from notifications.short_links.commands import LINK_EVENT
from notifications.wording.catalogue import FACTS, placeholders_of
from notifications.wording.queries import example_facts, find_template, templates_in_use
from notifications.wording.rules import check_template
from notifications.wording.segments import count_segments
from notifications.wording.values import LANGUAGES, localised
from shared.runtime import Runtime
from shared.testing.translations import untranslated


def test_every_text_of_the_service_has_a_chinese_one() -> None:
    assert untranslated("notifications") == []


def test_every_field_that_conditions_may_compare_has_a_word() -> None:
    fields = {name for event in events_for_rules(SERVICE) for name in fields_of(SERVICE, event)}
    assert fields - set(words.FIELDS) == set()


def test_every_rule_has_a_template_on_each_channel_in_each_language_that_its_event_can_fill(runtime: Runtime) -> None:
    with runtime.reading() as session:
        for rule in all_rules(session):
            offered = placeholders_of({rule.event_type})
            for channel in rule.channels:
                for language in LANGUAGES:
                    template = find_template(session, rule.template_key, channel, language)
                    assert template is not None
                    assert template.language == language
                    assert check_template(channel, template.subject, template.body, offered) == []


@pytest.mark.parametrize("child", [None, "张小某"])
def test_every_sms_is_short_and_every_text_reads_without_gaps(runtime: Runtime, child: str | None) -> None:
    with runtime.reading() as session:
        templates = templates_in_use(session)
        facts_of = {template.key: example_facts(session, template.key) for template in templates}
    for template in templates:
        for facts in (facts_of[template.key], _poor(facts_of[template.key])):
            values = localised(facts, template.language, runtime.settings.time_zone, name="某某", child=child)
            content = render_text(
                template.channel, template.language, template.subject, template.body, values, "党群服务中心"
            )
            assert "((" not in content.text
            assert not [line for line in content.text.split("\n") if line != line.rstrip()]
            if template.channel == "sms" and template.language == "zh-Hans":
                assert count_segments(content.text, "+8610000000001") <= 2


def _poor(facts: dict[str, object]) -> dict[str, object]:
    """The facts of an event that says as little as it may."""
    left_out = ("place", "was_place", "was_when", "because", "because_short", "resource", "organisation", "body_name",
                "from_organisation", "to_organisation", "until_day", "paid_day", "home", "host", "role",
                "missing")  # fmt: skip
    return {**facts, **{name: None for name in left_out if name in facts}}


def test_pages_have_a_word_for_every_event_and_state_that_there_is() -> None:
    assert set(words.EVENTS) == set(FACTS) | {TEST_EVENT, LINK_EVENT}
    assert set(words.STATES) >= {"pending", "sending", "sent", "failed", "unknown", "suppressed", "expired"}
