"""docs/events: every event, with what a reader needs to know, from the file system and without a script."""

import re
from html.parser import HTMLParser

import pytest

from shared.contracts.folder import Contracts
from suite.events_page import PAGE, page
from suite.layout import ROOT, SERVICES

CONTRACTS = Contracts(ROOT / "contracts")
WRITTEN = PAGE.read_text(encoding="utf-8")


class Links(HTMLParser):
    """Collects what the page names and where it leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.tags.add(tag)
        self.ids += [said["id"]] if said.get("id") else []
        self.targets += [str(said[name]) for name in ("href", "src") if name in said]


def test_the_page_is_what_the_contracts_say() -> None:
    assert page(CONTRACTS) == WRITTEN, "write it again: python -m suite.events_page"


def test_every_link_leads_somewhere_in_the_repository() -> None:
    links = Links(WRITTEN)
    assert len(links.ids) == len(set(links.ids))
    for target in links.targets:
        if target.startswith("#"):
            assert target[1:] in links.ids
        else:
            assert (PAGE.parent / target).exists(), target
    assert not links.tags & {"script", "link", "img", "iframe"}
    assert "@import" not in WRITTEN
    assert "url(" not in WRITTEN


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_says_its_fields_and_its_readers(service: str) -> None:
    for name, schema in CONTRACTS.schemas(service).items():
        part = WRITTEN[WRITTEN.index(f'<article id="{service}.{name}">') :]
        part = part[: part.index("</article>")]
        for field in schema["properties"]:
            assert f"<code>{field}</code>" in part
        named = re.findall(r"<li>([a-z-]+)", part)
        assert named == [need.consumer for need in CONTRACTS.readers(service, name)]
