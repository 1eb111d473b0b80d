"""A browser for the tests of pages: the machine's own, or Debian's package installed as root."""

import os
import shutil

from shared.testing.servers import ServerUnavailable, install

QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
"""Options with which it speaks to nobody but the pages that it opens."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def chromium() -> str:
    """The path of a Chromium: YIZHAN_CHROMIUM, or one on PATH, installed where possible; else ServerUnavailable."""
    found = os.environ.get("YIZHAN_CHROMIUM") or _on_path()
    if found is None:
        install("chromium", "Chromium")
        found = _on_path()
    if found is None:
        raise ServerUnavailable("Chromium was installed, but none is on PATH: name it with YIZHAN_CHROMIUM")
    return found


def _on_path() -> str | None:
    return next((path for path in map(shutil.which, _NAMES) if path), None)
