"""What ``./test`` runs, in which order, and how one stage's outcome is read."""

import contextlib
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from suite.layout import ROOT, SERVICES

BIN = Path(sys.executable).parent
PARTS = {
    "activities, notifications, whole suite": ("services/activities/tests", "services/notifications/tests", "tests"),
    "membership, facilities, welfare": tuple(
        f"services/{service}/tests" for service in ("membership", "facilities", "welfare")
    ),
    "shared": ("shared/tests", "suite/tests", "examples"),
}
"""Tests that use the same queues stand in the same part."""


@dataclass(frozen=True)
class Stage:
    """One command. ``report`` is where pytest writes what it counted."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    report: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """How a stage ended. ``detail`` is one line for the summary."""

    name: str
    passed: bool
    seconds: float
    detail: str


def checks() -> list[Stage]:
    """What reads the code without running it, the quickest first."""
    rules = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("services/*/src/**/rules.py"))
    return [
        Stage("ruff: rules", (str(BIN / "ruff"), "check", "--quiet", ".")),
        Stage("ruff: format", (str(BIN / "ruff"), "format", "--check", "--quiet", ".")),
        Stage("import-linter", (str(BIN / "lint-imports"), "--no-cache")),
        Stage("mypy: shared, suite, rules", (str(BIN / "mypy"), "shared/src/shared", "suite/src/suite", *rules)),
        *(
            Stage(f"contracts: {service}", (str(BIN / service), "contracts", "--check"), _scratch_environment())
            for service in SERVICES
        ),
    ]


def tests(
    stack: str, folder: Path, servers: Mapping[str, str], arguments: Sequence[str], *, long: bool, second: bool
) -> list[Stage]:
    """The test suite on one stack: ``postgresql`` with RabbitMQ, or ``sqlite`` with the spool.

    In parts, which may run at the same time on the same servers.
    With ``second``, what says the same on either stack is left out: it has passed on the other one.
    """
    parts = {"what was chosen": arguments} if arguments else PARTS
    marks = [] if long or "-m" in arguments else ["-m", "not long"]
    return [
        _part(stack, part, folder / f"{stack}-{number}.xml", servers, [*marks, *selected], second=second)
        for number, (part, selected) in enumerate(parts.items())
    ]


def _part(
    stack: str, part: str, report: Path, servers: Mapping[str, str], arguments: Sequence[str], *, second: bool
) -> Stage:
    name = {"postgresql": "PostgreSQL, RabbitMQ", "sqlite": "SQLite, spool"}[stack]
    slowest = ("--durations=12", "--durations-min=2")
    command = (sys.executable, "-m", "pytest", "-q", *slowest, f"--junitxml={report}", *arguments)
    environment = {**servers, "YIZHAN_TEST_STACK": stack}
    if second:
        environment["YIZHAN_TEST_ONLY_STACK"] = "1"
    return Stage(f"tests of {part}: {name}", command, environment, report)


def run(stage: Stage, output: Path | None = None) -> Outcome:
    """Run a stage, with what it prints on the screen or in a file."""
    started = time.monotonic()
    with contextlib.ExitStack() as opened:
        file = opened.enter_context(output.open("wb")) if output is not None else None
        environment = {**os.environ, **stage.environment}
        process = subprocess.run(stage.command, cwd=ROOT, env=environment, stdout=file, stderr=file, check=False)
    seconds = time.monotonic() - started
    detail = "" if process.returncode == 0 else f"exit status {process.returncode}"
    if stage.report is not None and stage.report.exists():
        detail = counted(stage.report)
    return Outcome(stage.name, process.returncode == 0, seconds, detail)


def counted(report: Path) -> str:
    """What pytest counted, in words: ``312 passed``, ``310 passed, 2 failed``."""
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        for name in totals:
            totals[name] += int(suite.get(name, "0"))
    bad = totals["failures"] + totals["errors"] + totals["skipped"]
    parts = [f"{totals['tests'] - bad} passed"]
    parts += [
        f"{totals[name]} {word}"
        for name, word in (("failures", "failed"), ("errors", "errors"), ("skipped", "skipped"))
        if totals[name]
    ]
    return ", ".join(parts)


def _scratch_environment() -> dict[str, str]:
    """Contracts are written from declarations; whatever a service keeps meanwhile goes to a folder that is ignored."""
    return {"YIZHAN_VAR": str(ROOT / ".venv" / "var-of-checks")}
