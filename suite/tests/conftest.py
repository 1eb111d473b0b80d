"""A suite of one small program instead of five services, in a folder of its own."""

from contextlib import suppress
from pathlib import Path

import pytest

from suite.layout import Layout
from suite.preparation import CannotStart, check_ports


@pytest.fixture
def offset(tmp_path: Path) -> int:
    """How far the ports are moved, so that all of them are free: other suites may run on this machine."""
    for candidate in range(3000, 20000, 500):
        with suppress(CannotStart):
            check_ports(Layout(tmp_path, candidate, "spool:///nowhere"))
            return candidate
    raise AssertionError("this machine has no free ports left")


@pytest.fixture
def layout(tmp_path: Path, offset: int) -> Layout:
    made = Layout(tmp_path / "var", offset, "spool:///nowhere")
    made.log_folder.mkdir(parents=True)
    return made
