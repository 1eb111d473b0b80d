"""The sample families of the story, as the centre's sample data has them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.sample import email, guardians_of, language, phone, sample_id
from suite.story.mailbox import Letter, to


@dataclass(frozen=True)
class Guardian:
    """Somebody who is written to: by SMS and by e-mail, in one language."""

    number: int

    @property
    def addresses(self) -> tuple[str, str]:
        return phone(self.number), email(self.number)

    @property
    def reads_chinese(self) -> bool:
        return language(self.number) == "zh-Hans"


@dataclass(frozen=True)
class Child:
    """A sample child, who is too young to be written to."""

    number: int

    @property
    def id(self) -> UUID:
        return sample_id("person", self.number)

    @property
    def guardians(self) -> list[Guardian]:
        return [Guardian(number) for number in guardians_of(self.number)]


def guardians(children: Iterable[Child]) -> list[Guardian]:
    return [guardian for child in children for guardian in child.guardians]


def missing(letters: Sequence[Letter], readers: Iterable[Guardian]) -> list[str]:
    """The addresses that have no letter."""
    reached = {letter.recipient for letter in letters}
    return [address for reader in readers for address in reader.addresses if address not in reached]


def twice(letters: Sequence[Letter], readers: Iterable[Guardian]) -> list[str]:
    """The addresses that have more than one letter."""
    return [address for reader in readers for address in reader.addresses if len(to(letters, address)) > 1]


def in_the_wrong_language(letters: Sequence[Letter], readers: Iterable[Guardian]) -> list[str]:
    return [
        letter.recipient
        for reader in readers
        for letter in to(letters, *reader.addresses)
        if letter.chinese != reader.reads_chinese
    ]
