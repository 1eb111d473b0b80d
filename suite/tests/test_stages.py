"""What ``./test`` runs."""

from suite.layout import ROOT
from suite.stages import PARTS


def test_every_folder_of_tests_is_in_one_part_and_in_no_other() -> None:
    run = sorted(folder for folders in PARTS.values() for folder in folders)
    there = [path for path in ROOT.glob("*/tests") if path.parts[-2] != "tests"] + [*ROOT.glob("services/*/tests")]
    assert run == sorted([*(str(path.relative_to(ROOT)) for path in there), "tests", "examples"])
