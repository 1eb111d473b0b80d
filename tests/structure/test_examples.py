"""Programs of other teams stand on the contracts alone: what they import is their own, Python's, or in their list."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/requirements.txt"))


def imported(folder: Path) -> set[str]:
    modules = set()
    for path in folder.glob("*/**/*.py"):
        if "tests" in path.relative_to(folder).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: a relative import"
                modules.add((node.module or "").partition(".")[0])
    return modules - set(sys.stdlib_module_names)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_imports_nothing_of_ours(example: Path) -> None:
    own = {path.parent.name for path in example.glob("*/__init__.py")}
    listed = re.findall(r"^([\w-]+)==[\w.]+$", (example / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert own
    assert imported(example) == own | set(listed)


def test_there_is_an_example() -> None:
    assert [path.name for path in EXAMPLES] == ["period-report"]
