"""``./test``: every check and every test, with a summary. Exit status 0 only when all of it passed."""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from suite import stages
from suite.chromium import chromium
from suite.screen import BOLD, GREEN, RED, paint, say, table
from suite.stages import Outcome, Stage


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="./test",
        description="Checks, then all tests twice, beside each other: on PostgreSQL with RabbitMQ, and on SQLite with "
        "the spool. Servers come from YIZHAN_TEST_POSTGRES_URL and YIZHAN_TEST_AMQP_URL, else from an engine, else "
        "from this machine.",
        epilog="Whatever else is given goes to pytest, without the checks: ./test services/membership -k dues",
    )
    parser.add_argument(
        "--long", action="store_true", help="also the tests marked long: kill storms, many rows, the story"
    )
    parser.add_argument(
        "--containers", action="store_true", help="docker-compose.yml from nothing, and the story against it"
    )
    parser.add_argument("--checks", action="store_true", help="only the checks that run nothing of the suite")
    parser.add_argument("--stack", choices=["postgresql", "sqlite"], help="only one of the two stacks")
    options, rest = parser.parse_known_args(arguments)
    os.environ.setdefault("PYTHONUTF8", "1")
    if options.containers:
        from suite.compose import check_containers

        outcome = _timed("containers: up, story, down", check_containers)
        return summary([outcome], outcome.seconds)
    started = time.monotonic()
    outcomes: list[Outcome] = []
    if not rest:
        outcomes += [_announced(stage) for stage in stages.checks()]
    if not options.checks:
        chosen = [options.stack] if options.stack else ["postgresql", "sqlite"]
        with tempfile.TemporaryDirectory(prefix="yizhan-test-") as folder:
            outcomes += _tests(chosen, Path(folder), rest, long=options.long)
    return summary(outcomes, time.monotonic() - started)


def _tests(chosen: Sequence[str], folder: Path, rest: Sequence[str], *, long: bool) -> list[Outcome]:
    """The tests on each chosen stack. A server or browser that is not to be had is a failure with its sentence."""
    from shared.testing.servers import ServerUnavailable, postgresql, rabbitmq

    outcomes: list[Outcome] = []
    with contextlib.ExitStack() as servers:
        started = time.monotonic()
        environment: dict[str, str] = {}
        try:
            say(paint("\n── servers for the tests", BOLD))
            environment["YIZHAN_CHROMIUM"] = chromium()
            if "postgresql" in chosen:
                environment["YIZHAN_TEST_POSTGRES_URL"] = servers.enter_context(postgresql())
                environment["YIZHAN_TEST_AMQP_URL"] = servers.enter_context(rabbitmq())
        except ServerUnavailable as problem:
            say(paint(str(problem), RED))
            outcomes.append(Outcome("servers for the tests", False, time.monotonic() - started, str(problem)))
        else:
            outcomes.append(Outcome("servers for the tests", True, time.monotonic() - started, ""))
        ready = [stack for stack in chosen if stack == "sqlite" or "YIZHAN_TEST_AMQP_URL" in environment]
        planned = [
            stages.tests(stack, folder, environment, rest, long=long, second=stack != chosen[0] and not rest)
            for stack in ready
        ]
        outcomes += _beside_each_other(planned, folder)
    return outcomes


def _beside_each_other(planned: Sequence[Stage], folder: Path) -> list[Outcome]:
    """Run the first with its output on the screen and the others meanwhile; theirs is shown when they have ended.

    They share neither databases nor bus nor ports.
    """
    with ThreadPoolExecutor() as others:
        written = [(folder / f"{number}.log", stage) for number, stage in enumerate(planned[1:])]
        running = [(others.submit(stages.run, stage, output), output) for output, stage in written]
        outcomes = [_announced(stage) for stage in planned[:1]]
    for ended, output in running:
        outcome = ended.result()
        say(paint(f"\n── {outcome.name} (beside the first)", BOLD))
        say(output.read_text(errors="replace"))
        say(paint("passed", GREEN) if outcome.passed else paint("FAILED", RED))
        outcomes.append(outcome)
    return outcomes


def _announced(stage: Stage) -> Outcome:
    say(paint(f"\n── {stage.name}", BOLD))
    outcome = stages.run(stage)
    say(paint("passed", GREEN) if outcome.passed else paint("FAILED", RED))
    return outcome


def _timed(name: str, check: Callable[[], bool]) -> Outcome:
    started = time.monotonic()
    passed = check()
    return Outcome(name, passed, time.monotonic() - started, "")


def summary(outcomes: Sequence[Outcome], seconds: float) -> int:
    """The table of all stages and the exit status. ``seconds`` is what all of it took; stages may overlap."""
    say(paint("\n── summary\n", BOLD))
    rows = [
        [outcome.name, "passed" if outcome.passed else "FAILED", f"{outcome.seconds:.1f} s", outcome.detail]
        for outcome in outcomes
    ]
    say(table([["stage", "outcome", "time", ""], *rows]))
    failed = [outcome.name for outcome in outcomes if not outcome.passed]
    if failed:
        say(paint(f"\n{len(failed)} of {len(outcomes)} stages failed: {'; '.join(failed)} ({seconds:.0f} s).", RED))
        return 1
    say(paint(f"\nAll {len(outcomes)} stages passed ({seconds:.0f} s).", GREEN))
    return 0


if __name__ == "__main__":
    sys.exit(main())
