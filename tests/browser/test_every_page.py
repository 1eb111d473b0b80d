"""Every page that a link leads to: no barriers in both themes and languages, one outline, narrow, few bytes."""

import importlib
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from notifications.preferences.links import PreferenceLinks
from shared.sample import sample_id
from shared.testing.crawling import Walk, barriers, left_in_english, outline_faults, too_wide_when_narrow
from shared.web.languages import merged_catalogue

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
AtCentre = Callable[..., Any]
# Bytes over the wire: of the first page somebody opens, and of each page after that.
FIRST_LOAD, LATER_LOAD = 250_000, 40_000
LANGUAGES = {"zh-CN": "zh-Hans", "en": "en"}
SERVICES = ("membership", "facilities", "activities", "welfare", "notifications")
# No link leads there without a fault, a state or a search that the sample does not have: walked by the tests of them.
ELSEWHERE = (
    "/sign-in",
    "/signed-out",
    "/preferences/",
    "/letters/",
    "/deliveries/",
)


def faults(desk: Any, language: str) -> list[str]:
    """What is wrong with the open page, in both themes and in a narrow window."""
    found = outline_faults(desk.page, language)
    desk.page.emulate_media(color_scheme="light")
    found += [f"{rule}: {where[:2]}" for rule, where in barriers(desk.page, AXE_SCRIPT).items()]
    found += [f"wider than 320 pixels: {where}" for where in too_wide_when_narrow(desk.page)]
    in_the_dark = barriers(desk.page, AXE_SCRIPT, again_in="dark")
    return found + [f"in the dark, {rule}: {where[:2]}" for rule, where in in_the_dark.items()]


@pytest.mark.parametrize(("locale", "examples"), [("zh-CN", 2), ("en", 1)])
@pytest.mark.parametrize("service", SERVICES)
def test_every_page_that_a_link_leads_to(
    at_centre: AtCentre, centre: Any, service: str, locale: str, examples: int
) -> None:
    app = importlib.import_module(f"{service}.app").create_app(centre.runtimes[service])
    desk = at_centre(locale)
    loaded = desk.loads()
    desk.open(service, "/sign-in")
    assert 0 < sum(loaded) < FIRST_LOAD
    desk.sign_in(service, "admin")
    walk = Walk(desk.page, app, desk.address(service), examples=examples)
    wrong: dict[str, list[str]] = defaultdict(list)
    titles: dict[str, set[str]] = defaultdict(set)
    loaded.clear()
    for endpoint, path in walk.steps():
        if sum(loaded) > LATER_LOAD:
            wrong[path].append(f"{sum(loaded):.0f} bytes")
        wrong[path] += faults(desk, LANGUAGES[locale])
        if locale == "zh-CN":
            wrong[path] += left_in_english(desk.page, merged_catalogue(("shared", service)))
        titles[desk.page.title()].add(endpoint)
        loaded.clear()
    assert {path: found for path, found in wrong.items() if found} == {}
    assert {title: pages for title, pages in titles.items() if len(pages) > 1} == {}
    unseen = {rule for rule in walk.unseen() if not rule.startswith(ELSEWHERE)}
    # What is left are pages of a state that nothing of the sample is in, such as the form that pays what is approved.
    assert examples == 1 or len(unseen) * 3 <= len(walk.visited), sorted(unseen)


@pytest.mark.parametrize(("locale", "language"), LANGUAGES.items())
def test_what_people_see_who_are_not_let_in(at_centre: AtCentre, centre: Any, locale: str, language: str) -> None:
    """Signing in, pages of errors, and pages for everybody."""
    desk = at_centre(locale)
    found = {}
    settings = centre.runtimes["notifications"].settings
    preferences = PreferenceLinks(settings.public_url, settings.secret_key).token(sample_id("person", 3))
    for service, path in (
        *((service, "/sign-in") for service in SERVICES),
        ("membership", "/signed-out"),
        ("membership", "/letters/nobody-wrote-this"),
        ("notifications", f"/preferences/{preferences}"),
        ("notifications", "/preferences/nobody"),
    ):
        desk.open(service, path)
        found[service + path] = faults(desk, language)
    desk.sign_in("membership", "reception")
    for service, path in (
        ("membership", f"/people/{uuid4()}"),
        ("membership", "/nowhere"),
        ("membership", "/staff/"),
        ("membership", "/people/?cursor=nonsense"),
    ):
        desk.open(service, path)
        found[service + path] = faults(desk, language)
    desk.open("membership", "/people/new")
    desk.press("Register")
    found["a form that is not right yet"] = faults(desk, language)
    assert {page: wrong for page, wrong in found.items() if wrong} == {}
