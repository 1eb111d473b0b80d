"""Names that are there in Chinese and English and read in the language of whoever is reading."""

from contextvars import ContextVar

_LANGUAGE: ContextVar[str] = ContextVar("reader_language", default="zh")


class BilingualName(str):
    """A name as text in the reader's language; programs that serialise it get the Chinese one."""

    __slots__ = ("en",)

    def __new__(cls, zh: str, en: str) -> "BilingualName":
        made = super().__new__(cls, zh or en)
        made.en = en or zh
        return made

    def __str__(self) -> str:
        return self.en if _LANGUAGE.get() == "en" else str.__str__(self)

    en: str


def read_in(language: str) -> None:
    """From here on, in this request, names read in this language (``zh`` or ``en``)."""
    _LANGUAGE.set(language)
