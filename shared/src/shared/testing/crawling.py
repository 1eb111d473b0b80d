"""Walking through all pages of a service in a browser, and what is wrong with the page that is open.

Needs Playwright and axe-core's package, which only the tests install.
"""

import itertools
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

# Beside what axe looks for by itself: WCAG 2.2, 2.5.8, targets of 24 pixels.
_ALSO: Mapping[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# What can be different in the dark: only the colours are.
_COLOURS: Mapping[str, Any] = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
_LINKS = "() => [...document.querySelectorAll('a[href]:not([download])')].map(link => link.href)"
# Who planted the first texts; stored as it is.
_AUTHOR = "Yizhan"
_TEXTS = """() => {
  const walker = document.createTreeWalker(document.querySelector("main") || document.body, NodeFilter.SHOW_TEXT);
  const texts = new Set();
  while (walker.nextNode()) {
    const inside = walker.currentNode.parentElement;
    if (!inside.closest("code, [lang=en], script, style")) texts.add(walker.currentNode.data.trim());
  }
  return [...texts].filter(text => text);
}"""
_OUTLINE = """() => ({
  levels: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map(heading => Number(heading.tagName[1])),
  language: document.documentElement.lang,
  title: document.title,
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""
# Files, not pages: a browser saves them, or shows them as a picture within a page.
# As wide as a telephone, or a window at four times its size (WCAG 2.2, 1.4.10). What scrolls in a frame of its own may.
_NARROW = 320
_TOO_WIDE = """() => {
  if (document.scrollingElement.scrollWidth <= window.innerWidth) return [];
  const framed = (element) => {
    for (let above = element.parentElement; above && above !== document.body; above = above.parentElement)
      if (getComputedStyle(above).overflowX !== "visible") return true;
    return false;
  };
  const out = [...document.querySelectorAll("body *")].filter(
    (element) => element.getBoundingClientRect().right > window.innerWidth + 1 && !framed(element));
  return out.slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
}"""
_FILES = (".csv", ".xlsx", ".pdf", ".svg", ".ics", ".json", "/content")


class Walk:
    """Goes from the home page of a service wherever links lead, to some examples of every kind of page."""

    def __init__(self, page: Any, app: Flask, address: str, *, examples: int = 2) -> None:
        self.page = page
        self.address = address
        self.examples = examples
        self.app = app
        self._addresses = app.url_map.bind(urlsplit(address).netloc)
        self.visited: dict[str, list[str]] = defaultdict(list)

    def steps(self, also: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
        """Opens page after page; gives the endpoint and the path of the one that is open. ``also`` are more to open."""
        waiting = deque(["/", *also])
        known = set(waiting)
        while waiting:
            path = waiting.popleft()
            endpoint = self.endpoint(path)
            if endpoint is None or len(self.visited[endpoint]) >= self.examples:
                continue
            self.visited[endpoint].append(path)
            self.page.goto(self.address + path)
            yield endpoint, path
            found = [link for link in self._links() if link not in known]
            known.update(found)
            waiting.extend(found)

    def endpoint(self, path: str) -> str | None:
        """What answers there, when it is a page; None for files, programs' addresses and what does not exist."""
        plain = urlsplit(path).path
        try:
            endpoint, _ = self._addresses.match(plain, method="GET")
        except RequestRedirect:
            return None
        except HTTPException:
            return None
        rule = next(self.app.url_map.iter_rules(endpoint))
        return None if not_a_page(rule.rule) else str(endpoint)

    def unseen(self) -> set[str]:
        """The pages of the application, by their rules, that no link led to."""
        return {
            rule.rule
            for rule in self.app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and not not_a_page(rule.rule) and not self.visited.get(rule.endpoint)
        }

    def _links(self) -> list[str]:
        found = []
        for link in self.page.evaluate(_LINKS):
            if link.startswith(self.address + "/"):
                found.append(link.removeprefix(self.address).partition("#")[0])
        return found


def not_a_page(rule: str) -> bool:
    """Whether something else than a page answers at this rule of an application."""
    apart = ("/api/", "/static", "/oidc", "/.well-known", "/metrics", "/healthz", "/readyz", "/kit", "/bootstrap")
    return rule.startswith(apart) or rule.endswith(_FILES)


def barriers(page: Any, script: str, *, again_in: str | None = None) -> dict[str, list[str]]:
    """What axe-core finds wrong: rules, and the elements that break them. ``script`` is axe-core itself.

    With ``again_in`` (``dark`` or ``light``), the page was looked at before: only the colours of that scheme.
    """
    if again_in is None:
        page.evaluate(script)
    else:
        page.emulate_media(color_scheme=again_in)
    options = _ALSO if again_in is None else _COLOURS
    violations = page.evaluate(f"axe.run({json.dumps(options)}).then(found => found.violations)")
    return {rule["id"]: [f"{node['target'][0]} {node['html'][:160]}" for node in rule["nodes"]] for rule in violations}


def left_in_english(page: Any, catalogue: Any) -> list[str]:
    """Texts of the page that are English though the code has their Chinese: somewhere they were not translated."""
    found = []
    for text in page.evaluate(_TEXTS):
        chinese = catalogue.gettext(text)
        if chinese != text and text.isascii() and text != _AUTHOR:
            found.append(f"{text!r} instead of {chinese!r}")
    return found


def outline_faults(page: Any, language: str) -> list[str]:
    """What is wrong with the order of the headings, the language, the title or the width of the page."""
    found = page.evaluate(_OUTLINE)
    levels = found["levels"]
    faults = []
    if levels.count(1) != 1 or levels[:1] != [1]:
        faults.append(f"headings {levels}: exactly one of the first level, before all others")
    if any(after > before + 1 for before, after in itertools.pairwise(levels)):
        faults.append(f"headings {levels}: a level is left out")
    if found["language"] != language:
        faults.append(f"lang={found['language']!r}, should be {language!r}")
    if not found["title"].strip() or found["title"].strip().startswith("·"):
        faults.append("no title")
    if found["wide"] > 0:
        faults.append(f"{found['wide']} pixels wider than the window")
    return faults


def too_wide_when_narrow(page: Any) -> list[str]:
    """The elements that make the page wider than a window of 320 pixels."""
    usual = page.viewport_size
    page.set_viewport_size({"width": _NARROW, "height": 800})
    found: list[str] = page.evaluate(_TOO_WIDE)
    page.set_viewport_size(usual)
    return found
