"""Each distribution names what it imports, and nothing that it does not."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("membership", "facilities", "activities", "welfare", "notifications")
# Used by name in a URL or on a command line, never imported.
USED_WITHOUT_IMPORT = {"gunicorn", "psycopg", "tzdata"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(folder: Path) -> set[str]:
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {normal(re.split(r"[\[<>=!~; ]", text)[0]) for text in project["dependencies"]}


def imported(package: Path) -> set[str]:
    """Distributions whose modules the package imports, wherever in a file the import stands."""
    modules = set()
    for path in package.rglob("*.py"):
        if "testing" in path.relative_to(package).parts:
            continue  # shared.testing stands on the test tools of requirements/test.in
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                modules.add(node.module.partition(".")[0])
    known = packages_distributions()
    ours = {package.name, *sys.stdlib_module_names}
    return {normal(known[module][0]) for module in modules - ours if module in known}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_declares_what_it_imports_and_imports_what_it_declares(service: str) -> None:
    folder = ROOT / "services" / service
    found = imported(folder / "src" / service)
    # Every service stands on shared, and on what shared stands on.
    assert found - declared(ROOT / "shared") <= declared(folder)
    assert declared(folder) - {"yizhan-shared"} <= found | USED_WITHOUT_IMPORT


def test_shared_declares_what_it_imports() -> None:
    assert imported(ROOT / "shared" / "src" / "shared") - declared(ROOT / "shared") == set()


def test_the_suite_declares_what_it_imports() -> None:
    folder = ROOT / "suite"
    assert imported(folder / "src" / "suite") - declared(folder) == set()
