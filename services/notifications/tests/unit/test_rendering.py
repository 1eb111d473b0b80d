"""Templates: logic-less, escaped per sink, read once."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.wording.rendering import MalformedTemplate, MissingValues, Sink, read_template

hostile = st.text(alphabet="()?<>&'\"name\r\n\t x字", max_size=40) | st.text(max_size=40)


def test_placeholders_and_conditionals_are_filled_in() -> None:
    template = read_template("((name))您好((place??，地点((place))))。")
    assert template.names() == ["name", "place"]
    assert template.render({"name": "某人", "place": "活动室"}, "sms") == "某人您好，地点活动室。"
    assert template.render({"name": "某人", "place": None}, "sms") == "某人您好。"


def test_a_missing_placeholder_is_refused_with_its_name() -> None:
    template = read_template("((name)) ((flag??yes)) ((when))")
    with pytest.raises(MissingValues) as refused:
        template.render({"name": "x", "when": None}, "plain")
    assert refused.value.names == ("flag", "when")


@pytest.mark.parametrize("text", ["((", "((a b))", "((a??x", "((a??((b??c))))", "((a)", "(())", "((a?b))"])
def test_a_malformed_template_is_refused_with_the_position(text: str) -> None:
    with pytest.raises(MalformedTemplate):
        read_template(text)


@given(hostile)
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    rendered = read_template("a ((x)) b").render({"x": f"((y)){value}((z??w))", "y": "no"}, "plain")
    assert rendered.startswith("a ((y))")
    assert rendered.endswith("((z??w)) b")


@given(hostile)
def test_html_values_hold_no_markup_but_line_breaks(value: str) -> None:
    rendered = read_template("((x))").render({"x": value}, "html").replace("<br>", "\n")
    assert not set(rendered) & set("<>\"'")
    assert set(html.unescape(rendered)) <= set(value) | {"\n"}


@given(hostile, st.sampled_from(["header", "sms"]))
def test_headers_and_sms_stay_on_one_line(value: str, sink: Sink) -> None:
    rendered = read_template("((x))").render({"x": value}, sink)
    assert rendered.splitlines() in ([], [rendered])


@given(st.text(alphabet="(字)?ab ", max_size=60))
def test_every_text_is_either_read_or_refused(text: str) -> None:
    try:
        template = read_template(text)
    except MalformedTemplate:
        return
    assert template.render(dict.fromkeys(template.names(), "1"), "plain") is not None
    if "((" not in text:
        assert template.render({}, "plain") == text
