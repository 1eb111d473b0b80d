"""Somebody at a browser who uses the keyboard alone, in Chinese or English. Needs Playwright, as only the tests do."""

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from axe_playwright_python.base import AXE_SCRIPT

from shared.testing.crawling import barriers
from shared.testing.web import PASSWORD
from shared.web.languages import merged_catalogue

MOST_TABS = 150
# What a screen reader would call the control that has the focus; and whether something can be typed into it.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return ["", false];
  const labels = one.labels && one.labels.length ? [...one.labels].map(label => label.innerText).join(" ") : "";
  const name = one.getAttribute("aria-label") || labels || one.innerText || one.placeholder || "";
  return [name.replace(/\\s+/g, " ").trim(), one.matches("input, select, textarea")];
}"""
# The name of the group of the box that has the focus.
GROUP = """() => {
  const one = document.activeElement;
  const legend = one.matches("[type=checkbox]") && one.closest("fieldset")?.querySelector("legend");
  return legend ? legend.innerText.trim() : "";
}"""
# How many buttons belong together with the one that has the focus, of which one is chosen.
RADIOS = """() => {
  const one = document.activeElement;
  return one.matches("[type=radio]") ? one.form.querySelectorAll(`[type=radio][name="${one.name}"]`).length : 0;
}"""


class Desk:
    """A page of the browser, used by keyboard. Controls are found by their names with the Tab key, as people do.

    Names may be given as the English texts of the code: with a Chinese browser, their Chinese is looked for.
    ``signs_in_once`` chooses the sign-in for all services, on the page of membership; ``scripts`` tells whether the
    browser runs any.
    """

    password = PASSWORD
    signs_in_once = False
    scripts = True

    def __init__(self, page: Any, suite: Any, locale: str) -> None:
        self.page = page
        self.suite = suite
        self.locale = locale
        self._services = {ports[0]: service for service, ports in suite.ports.items()}

    def open(self, service: str, path: str = "/") -> None:
        self.page.goto(self.address(service) + path)

    def address(self, service: str) -> str:
        return f"http://127.0.0.1:{self.suite.ports[service][0]}"

    def sign_in(self, service: str, username: str = "desk", path: str = "/") -> None:
        """Open this page of a service and sign in on the way."""
        self.open(service, path)
        if self.signs_in_once and service != "membership":
            self.press("Sign in once for all services")
            if "/sign-in" not in self.page.url:
                return
        self.write("Username", username)
        self.write("Password", self.password)
        self.press("Sign in")

    def words(self, text: str, **facts: Any) -> str:
        """This English text of the open service in the language of the browser, with its facts put in."""
        if self.locale == "zh-CN":
            service = self._services.get(urlsplit(self.page.url).port or 0)
            text = _chinese(service)(text)
        return text % facts if facts else text

    def tab_to(self, name: str, *, field: bool = False, whole: bool = False, **facts: Any) -> None:
        """Tab until the control whose name begins like this has the focus; with ``whole``, whose name is this."""
        wanted = self.words(name, **facts)
        met = []
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            focused, takes_input = self.page.evaluate(FOCUSED)
            if (focused == wanted or (focused.startswith(wanted) and not whole)) and (takes_input or not field):
                return
            met.append(focused)
        raise AssertionError(f"the Tab key does not reach {wanted!r} on {self.page.url}, only {sorted(set(met))}")

    def write(self, label: str, text: str) -> None:
        """Replace what stands in a field. Days are typed as MMDDYYYY and times as HHMMAM: the browser is American.

        Where a field asks for both, a tab stands between them.
        """
        self.tab_to(label, field=True)
        if not self.page.evaluate("document.activeElement.matches('[type=date], [type=time], [type=datetime-local]')"):
            self.page.keyboard.press("Control+a")
        else:  # the tab may have come from its own first part, where a wrong field has the focus already
            for _ in range(5):
                self.page.keyboard.press("ArrowLeft")
        for place, part in enumerate(text.split("\t")):
            if place:
                self.page.keyboard.press("Tab")
            self.page.keyboard.type(part)

    def tick(self, label: str) -> None:
        self.tab_to(label, field=True)
        self.page.keyboard.press("Space")

    def choose(self, label: str, option: str) -> None:
        """Go through a list of choices to the one that begins like this."""
        self.tab_to(label, field=True)
        wanted = self.words(option)
        chosen = "() => { const one = document.activeElement; return one.selectedOptions[0].text }"
        self.page.keyboard.press("Home")
        for _ in range(MOST_TABS):
            if self.page.evaluate(chosen).startswith(wanted):
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{label} does not offer {wanted}")

    def tick_all(self, group: str) -> int:
        """Tick every box of a group, one after the other; how many there are."""
        wanted, ticked = self.words(group), 0
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(GROUP).startswith(wanted):
                self.page.keyboard.press("Space")
                ticked += 1
            elif ticked:
                return ticked
        raise AssertionError(f"the Tab key reaches no box of {wanted!r} on {self.page.url}")

    def pick(self, option: str) -> None:
        """Go through buttons of which one is chosen, to the one that begins like this."""
        wanted = self.words(option)
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            for _ in range(self.page.evaluate(RADIOS)):
                if self.page.evaluate(FOCUSED)[0].startswith(wanted):
                    self.page.keyboard.press("Space")
                    return
                self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the keys do not reach the choice {wanted!r} on {self.page.url}")

    def asks_for(self, label: str) -> bool:
        """Whether the form of the page has such a field or group."""
        said = self.page.locator("main form.form label, main form.form legend").all_inner_texts()
        return any(one.startswith(self.words(label)) for one in said)

    def offers(self, name: str) -> bool:
        """Whether the page has a link or a button that begins like this."""
        names = self.page.locator("main a, main button").all_inner_texts()
        return any(one.strip().startswith(self.words(name)) for one in names)

    def give_file(self, label: str, path: Path) -> None:
        """Choose a file of this computer in the window that the space bar opens."""
        self.tab_to(label, field=True)
        with self.page.expect_file_chooser() as opened:
            self.page.keyboard.press("Space")
        opened.value.set_files(path)

    def press(self, name: str, *, whole: bool = False, **facts: Any) -> None:
        """Follow a link or use a button, and wait for the page behind it."""
        self.tab_to(name, whole=whole, **facts)
        self.enter()

    def enter(self) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def reads(self, text: str, **facts: Any) -> None:
        """AssertionError when the page does not say this."""
        wanted = self.words(text, **facts)
        said = self.page.locator("main").inner_text()
        assert wanted in said, f"{wanted!r} is not on {self.page.url}:\n{said}"

    def waits_for(self, text: str, **facts: Any) -> None:
        """Load the page again until it says this."""
        for _ in range(100):
            if self.words(text, **facts) in self.page.locator("main").inner_text():
                return
            self.page.wait_for_timeout(200)
            self.page.reload()
        self.reads(text, **facts)

    def loads(self) -> list[float]:
        """Grows by the bytes over the wire of everything that the page loads from now on; the cache counts for none."""
        sizes: list[float] = []
        session = self.page.context.new_cdp_session(self.page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda finished: sizes.append(finished["encodedDataLength"]))
        return sizes

    def barriers(self) -> dict[str, list[str]]:
        """What axe-core finds wrong on the page: rules and the elements that break them.

        Nothing is looked at where scripts do not run, because axe-core is one.
        """
        return barriers(self.page, AXE_SCRIPT) if self.scripts else {}


def day(ahead: int) -> date:
    """The day that is so many days ahead where the centre is."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=ahead)


def typed(chosen: date) -> str:
    """A day as it is typed into the browser."""
    return chosen.strftime("%m%d%Y")


@cache
def _chinese(service: str | None) -> Any:
    return merged_catalogue(("shared", service) if service else ("shared",)).gettext
