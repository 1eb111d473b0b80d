"""A browser in front of the whole suite, and somebody at the desk who uses the keyboard alone."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from shared.identifiers import new_id
from shared.principal import Grant
from shared.sample import PASSWORD as SAMPLE_PASSWORD
from shared.staff.accounts import add_account
from shared.testing.buses import bus_of
from shared.testing.desk import Desk
from shared.testing.web import PASSWORD
from suite.layout import ROOT, SAMPLE_ORDER

STAFF = {
    "desk": (Grant("admin", "*"),),
    "union": (Grant("manager", "union"),),
    "approver": (Grant("manager", "*"),),
    "cashier": (Grant("officer", "*"),),
}


@pytest.fixture(scope="module")
def suite(suite_running: Any, stack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The whole suite with staff in every service, one for all tests of a module.

    Not for longer: a second suite on the same broker would take this one's messages.
    """
    folder: Path = tmp_path_factory.mktemp("browser")
    with suite_running(folder, bus_of(stack, folder)) as running:
        issuer = running.runtimes["membership"].settings.public_url
        ids = {username: new_id() for username in STAFF}
        # Membership last: it announces its staff to the others.
        for name, runtime in sorted(running.runtimes.items(), key=lambda held: held[0] == "membership"):
            at_home = name == "membership"
            with runtime.unit_of_work() as work:
                for username, grants in STAFF.items():
                    add_account(
                        work,
                        username=username,
                        name=username.title(),
                        password=PASSWORD,
                        grants=grants,
                        account_id=ids[username] if at_home else None,
                        known_as=None if at_home else (issuer, str(ids[username])),
                    )
        yield running


@pytest.fixture(scope="session")
def centre(suite_running: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The whole suite with the sample centre in it, one for the session: on a spool, where no other suite is met."""
    folder: Path = tmp_path_factory.mktemp("centre")
    with suite_running(folder, bus_of("sqlite", folder)) as running:
        for name in SAMPLE_ORDER:
            loading = [str(Path(sys.executable).parent / name), "sample"]
            facts = {"YIZHAN_SAMPLE": str(ROOT / "sample" / "centre.yaml")}
            subprocess.run(loading, env={**os.environ, **running.environs[name], **facts}, check=True, timeout=300)
        yield running


@pytest.fixture
def seats(browser: Browser) -> Iterator[Callable[..., Desk]]:
    """Gives somebody a desk: a browser of their own, in their language. Complaints in its console fail the test."""
    contexts, complaints = [], []

    def desk(suite: Any, locale: str = "zh-CN", *, scripts: bool = True, dark: bool = False) -> Desk:
        context = browser.new_context(
            locale=locale,
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",  # colours that fade are not looked at halfway
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        seat = Desk(page, suite, locale)
        seat.scripts = scripts
        return seat

    yield desk
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def sit_down(seats: Callable[..., Desk], suite: Any) -> Callable[..., Desk]:
    """A desk of the suite of this module."""
    return partial(seats, suite)


@pytest.fixture
def at_centre(seats: Callable[..., Desk], centre: Any) -> Callable[..., Desk]:
    """A desk of the sample centre, where people sign in once for all services with the password of the sample."""

    def desk(locale: str = "zh-CN", **more: Any) -> Desk:
        seat = seats(centre, locale, **more)
        seat.password, seat.signs_in_once = SAMPLE_PASSWORD, True
        return seat

    return desk
