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
            stage
            for stack in ready
            for stage in stages.tests(
                stack, folder, environment, rest, long=long, second=stack != chosen[0] and not rest
            )
        ]
        if planned:
            outcomes += _beside_each_other(planned, folder)
    return outcomes


def _beside_each_other(planned: Sequence[Stage], folder: Path) -> list[Outcome]:
    """Run as many at a time as there are processors: the first with its output on the screen, the others' kept until
    it has ended.

    They share neither databases nor queues nor ports.
    """
    say(paint(f"\n── {planned[0].name}", BOLD))
    outputs = [None, *(folder / f"{number}.log" for number in range(1, len(planned)))]
    with ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        running = [pool.submit(stages.run, stage, output) for stage, output in zip(planned, outputs, strict=True)]
        return [_shown(ended.result(), output) for ended, output in zip(running, outputs, strict=True)]


def _shown(outcome: Outcome, output: Path | None = None) -> Outcome:
    """Say how it ended, and before that what it printed where nobody has seen it yet."""
    if output is not None:
        say(paint(f"\n── {outcome.name}", BOLD))
        say(output.read_text(errors="replace"))
    say(paint("passed", GREEN) if outcome.passed else paint("FAILED", RED))
    return outcome


def _announced(stage: Stage) -> Outcome:
    say(paint(f"\n── {stage.name}", BOLD))
    return _shown(stages.run(stage))


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
