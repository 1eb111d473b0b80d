"""``./run``: the five services, their workers and the development mailbox on this machine, until Ctrl-C."""

import argparse
import os
import signal
import sys
import time
from types import FrameType

from shared.sample import PASSWORD
from suite.layout import ROOT, SERVICES, Layout
from suite.preparation import CannotStart, check_ports, load_sample, migrate, remove_data, wait_until_ready
from suite.screen import BOLD, RED, paint, say, table
from suite.supervision import Keeper, Suite, control_socket, running

_WHAT = {
    "membership": "people, organisations, households",
    "facilities": "rooms, equipment, bookings",
    "activities": "activities, registrations",
    "welfare": "talks, disputes, relief",
    "notifications": "SMS and e-mail",
}


class Stop(BaseException):
    """Somebody asked the suite to stop: Ctrl-C, SIGTERM or a closed terminal."""


def _stop_on_signals() -> None:
    """Raise Stop once, in the main thread. Set explicitly: a shell's background jobs start with SIGINT ignored."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Stop

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="./run",
        description="The whole suite on this machine: five services with their workers, and a mailbox for what they "
        "send. Data stays in var/ (YIZHAN_VAR moves it); BUS_URL=amqp://user:password@host:5672/vhost uses RabbitMQ; "
        "YIZHAN_PORT_OFFSET=1000 moves every port, for a second suite beside the first.",
    )
    parser.add_argument(
        "command", nargs="?", choices=["story", "status", "secrets"],
        help="story: play the centre's main job, step by step, with the messages that arrive; "
        "status: what runs, with process ids; secrets: write a .env with new passwords for docker-compose.yml",
    )  # fmt: skip
    parser.add_argument("--fresh", action="store_true", help="begin again: remove the data of earlier runs first")
    parser.add_argument("--no-sample", action="store_true", help="start with empty databases")
    options = parser.parse_args(arguments)
    layout = Layout.from_environment()
    if options.command == "status":
        return status(layout)
    if options.command == "secrets":
        from suite.secrets import write_env

        return write_env(ROOT / ".env")
    _stop_on_signals()
    try:
        if options.command == "story" and running(layout) is not None:
            return play(layout)
        return run(layout, fresh=options.fresh, sample=not options.no_sample, story=options.command == "story")
    except CannotStart as problem:
        say(paint(str(problem), RED))
        return 1
    except Stop:
        return 0


def run(layout: Layout, *, fresh: bool, sample: bool, story: bool) -> int:
    """Start everything, then keep it until told to stop; with ``story``, until the story is over."""
    started = time.monotonic()
    suite = Suite(layout)
    if not suite.take_lock():
        runner = running(layout)
        process = f" (process {runner['pid']})" if runner else ""
        raise CannotStart(
            f"The suite already runs in {layout.var}{process}: open {layout.url('membership')}, or stop it first."
        )
    try:
        check_ports(layout)
        if fresh:
            remove_data(layout)
        layout.log_folder.mkdir(parents=True, exist_ok=True)
        say(paint("Yizhan 驿站", BOLD) + f" starts; data and logs in {layout.var}")
        migrate(layout)
        suite.start(layout.programs())
        wait_until_ready(layout, lambda: suite.keeper_ended)
        if sample:
            load_sample(layout)
        if story:
            return play(layout)
        introduce(layout, time.monotonic() - started)
        while not suite.keeper_ended:
            time.sleep(0.5)
        raise CannotStart(f"The process runner ended by itself; see {layout.log_folder / 'keeper.log'}.")
    except Stop:
        say("\nStopping …")
        return 0
    finally:
        if suite.started:
            began = time.monotonic()
            suite.stop()
            say(f"Stopped ({time.monotonic() - began:.1f} s). The data stays in {layout.var}.")


def play(layout: Layout) -> int:
    """The story against the running suite; 0 when every claim held."""
    from suite.story.scenario import play_story

    return play_story(layout)


def introduce(layout: Layout, seconds: float) -> None:
    rows = [[service, layout.url(service), _WHAT[service]] for service in SERVICES]
    rows.append(["mailbox", layout.mailbox_url, "every SMS and e-mail that the suite sends"])
    say(f"\n{paint('Ready', BOLD)} after {seconds:.0f} s.\n")
    say(table(rows))
    say(f"""
  Sign in      as reception, party, union, league, women, approver or admin;
               the password of each is {PASSWORD}
  Watch        ./run story      the centre's main job, step by step
  Break it     ./run status     lists process ids; kill -9 one, look again
  Stop         Ctrl-C           the data stays; ./run --fresh begins again
""")


def status(layout: Layout) -> int:
    if running(layout) is None:
        say(f"Nothing runs in {layout.var}; ./run starts the suite.")
        return 1
    try:
        processes = Keeper(control_socket(layout)).processes()
    except OSError:
        say("The suite is just starting or stopping; ask again in a moment.")
        return 1
    rows = [["process", "pid", "state", "up for", "log"]]
    for process in processes:
        log = os.path.relpath(layout.log_folder / f"{process.name}.log")
        rows.append([process.name, str(process.pid), process.state.lower(), f"{process.running_seconds} s", log])
    say(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
