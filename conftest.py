"""Fixtures for all tests of the suite come from the shared distribution."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

# pytest names test modules after their folders, and would take the folder suite/ for the package otherwise.
import suite  # noqa: F401

pytest_plugins = ("shared.testing.fixtures",)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium for all tests of one run: Playwright runs once in a process."""
    from playwright.sync_api import sync_playwright

    from suite.chromium import QUIET, chromium

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=[*QUIET, "--lang=en-US"])
        yield opened
        opened.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With YIZHAN_TEST_ONLY_STACK, leave out what says the same on either stack: it ran on the other one."""
    if not os.environ.get("YIZHAN_TEST_ONLY_STACK"):
        return
    apart = [item for item in items if _says_the_same_on_either(item)]
    config.hook.pytest_deselected(items=apart)
    items[:] = [item for item in items if not _says_the_same_on_either(item)]


def _says_the_same_on_either(item: pytest.Item) -> bool:
    """What touches neither database nor bus, what is looked at in a browser, and what says so itself."""
    apart = "stack" not in getattr(item, "fixturenames", ()) or item.get_closest_marker("once") is not None
    return apart or "browser" in item.path.parts
