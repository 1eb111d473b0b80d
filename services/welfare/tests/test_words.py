"""Every text has a good Chinese one."""

from shared.testing.translations import untranslated


def test_every_text_is_translated() -> None:
    assert untranslated("welfare") == []
