"""Each fault point is reached by a test."""

from pathlib import Path

import pytest

from shared.faults import POINTS

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("point", POINTS)
def test_some_test_kills_a_process_here(point: str) -> None:
    tests = [path for folder in ("shared", "services", "tests") for path in (ROOT / folder).rglob("test_*.py")]
    killing = [path for path in tests if "YIZHAN_FAULT" in (text := path.read_text("utf-8")) and point in text]
    assert [path for path in killing if path != Path(__file__)], f"no test arms {point}"
