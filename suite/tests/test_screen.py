"""Text on a terminal, where a Chinese letter is two columns wide."""

from suite.screen import padded, table, width, wrapped


def test_chinese_letters_are_two_columns_wide() -> None:
    assert width("小候鸟 class") == 12
    assert padded("谈心", 6) == "谈心  "


def test_english_breaks_at_spaces_and_chinese_between_letters() -> None:
    assert wrapped("The class is cancelled", 10) == ["The class", "is", "cancelled"]
    assert wrapped("培训班因高温停课", 8) == ["培训班因", "高温停课"]


def test_no_line_begins_with_closing_or_ends_with_opening_punctuation() -> None:
    assert wrapped("培训班取消。", 10) == ["培训班取", "消。"]
    assert wrapped("培训班（周一）", 8) == ["培训班", "（周一）"]


def test_line_breaks_of_the_text_stay() -> None:
    assert wrapped("one\n\ntwo", 20) == ["one", "", "two"]


def test_columns_of_a_table_line_up_beneath_chinese() -> None:
    assert table([["谈心室", "1"], ["a", "2"]]) == "  谈心室  1\n  a       2"
