"""Each distribution names what it imports, and nothing that it does not."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("membership", "facilities", "activities", "welfare", "notifications")
# Used by name in a URL or on a command line, never imported.
USED_WITHOUT_IMPORT = {"gunicorn", "psycopg", "tzdata"}
# suite.screenshots drives the browser of the page tests, and makes its pictures small.
USED_WITH_THE_TEST_TOOLS = {"playwright", "pillow"}


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
    found = imported(folder / "src" / "suite") - USED_WITH_THE_TEST_TOOLS
    assert found - declared(ROOT / "shared") <= declared(folder)


def locked(name: str) -> dict[str, str]:
    """Version by distribution of one lock."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return {normal(found): version for found, version in re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)}


@pytest.mark.parametrize("distribution", ["shared", "suite", *(f"services/{service}" for service in SERVICES)])
def test_the_lock_has_every_declared_dependency_in_a_version_that_fits(distribution: str) -> None:
    project = tomllib.loads((ROOT / distribution / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = locked("run")
    for text in project["dependencies"]:
        requirement = Requirement(text)
        if normal(requirement.name) != "yizhan-shared":
            assert requirement.specifier.contains(versions[normal(requirement.name)]), text


@pytest.mark.parametrize("part", ["build", "shared", "test", *SERVICES])
def test_every_lock_agrees_with_the_one_of_the_whole_suite(part: str) -> None:
    whole, versions = locked("run"), locked(part)
    assert {name: version for name, version in versions.items() if whole.get(name, version) != version} == {}
    if part == "test":
        assert set(whole) <= set(versions)
    else:
        assert set(versions) <= set(whole)


@pytest.mark.parametrize("service", SERVICES)
def test_asking_for_health_loads_nothing_heavy(service: str) -> None:
    """An engine runs it every few seconds beside each process."""
    code = (
        f"import atexit, sys; from {service}.cli import main; sys.argv = ['{service}', 'health']\n"
        "heavy = {'sqlalchemy', 'flask', 'kombu', 'jinja2', 'aiosmtpd'}\n"
        "atexit.register(lambda: print(sorted(heavy & set(sys.modules)))); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PORT": "1"}, capture_output=True, text=True, check=False
    )
    assert "does not answer on port 1" in done.stderr
    assert done.stdout.strip() == "[]"
