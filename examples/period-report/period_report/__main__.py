"""``python -m period_report listen`` keeps the figures up to date; ``python -m period_report show`` prints them."""

import argparse
import json
import logging
import os
import signal
import sys
import threading
from datetime import date, datetime
from pathlib import Path

from period_report.figures import report
from period_report.listening import listen
from period_report.periods import CENTRE, Period, parse
from period_report.plot import draw
from period_report.projection import NOUNS
from period_report.state import State
from period_report.table import as_table
from period_report.words import LANGUAGES

BUS_URL = "amqp://guest:guest@127.0.0.1:5672/%2F"


def main() -> int:
    options = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("pika").setLevel(logging.ERROR)
    return _listen(Path(options.state)) if options.command == "listen" else _show(options)


def _listen(path: Path) -> int:
    """A thread with a connection and a queue of its own for each publisher: one that is away holds nobody up."""
    State(path).close()
    stop = threading.Event()
    told: list[int] = []

    def end(number: int, _frame: object) -> None:
        told.append(number)
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    url = os.environ.get("BUS_URL", BUS_URL)
    threads = [threading.Thread(target=listen, args=(url, path, publisher, stop)) for publisher in NOUNS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0 if told else 1


def _show(options: argparse.Namespace) -> int:
    period = _period(options)
    state = State(Path(options.state))
    found = report(state.db, period)
    if options.json:
        print(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
    else:
        print(as_table(found, options.language))
    if options.plot:
        draw([report(state.db, month) for month in period.months()], options.language, Path(options.plot))
    state.close()
    return 0


def _period(options: argparse.Namespace) -> Period:
    today = datetime.now(CENTRE).date()
    if options.first or options.last:
        return Period(options.first or date(today.year, 1, 1), options.last or today)
    return options.period or parse(str(today.year))


def _a_period(text: str) -> Period:
    try:
        return parse(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="period_report", description=__doc__)
    parser.add_argument("--state", default=os.environ.get("PERIOD_REPORT_STATE", "period-report.db"), help="our file")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("listen", help="take events from BUS_URL until SIGTERM or Ctrl-C")
    show = commands.add_parser("show", help="print the report of a period, by default this year")
    show.add_argument("--from", dest="first", type=date.fromisoformat, help="the first day, 2026-01-01")
    show.add_argument("--to", dest="last", type=date.fromisoformat, help="the last day, which belongs to it")
    show.add_argument("period", nargs="?", type=_a_period, help="2026, 2026-Q4 or 2026-11")
    show.add_argument("--language", choices=LANGUAGES, default="both")
    show.add_argument("--json", action="store_true")
    show.add_argument("--plot", metavar="FILE.svg", help="draw its months, too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
