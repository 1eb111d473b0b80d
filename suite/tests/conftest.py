"""A suite of one small program instead of five services, in a folder of its own."""

from pathlib import Path

import pytest

from suite.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "var", 3000, "spool:///nowhere")
    made.log_folder.mkdir(parents=True)
    return made
