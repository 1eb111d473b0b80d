"""How fast events travel, beside Celery and beside the limit, in one run.

``python benchmarks/events.py [--events N] [--rounds N] [--published-rows N]`` starts a RabbitMQ and a PostgreSQL of its
own (or takes the ones named by YIZHAN_TEST_AMQP_URL and YIZHAN_TEST_POSTGRES_URL), runs everything in turn, and prints
the tables. The medians of the rounds count; what matters are the ratios, because machines differ.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import effects
import intake
import latency
import publishing
from setting import Setting

from shared.testing import servers
from shared.testing.brokers import remove_topology
from shared.testing.databases import databases
from shared.testing.example import PUBLISHER, READER
from shared.testing.processes import processes
from shared.worker.declaring import declare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--published-rows", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, servers.rabbitmq() as amqp_url, servers.postgresql() as admin_url:
        os.environ["BENCH_AMQP_URL"] = amqp_url
        folder = Path(scratch)
        remove_topology(amqp_url, (PUBLISHER, READER))
        with databases("postgresql", folder, admin_url) as made, processes(folder) as runner:
            setting = Setting(amqp_url, made, runner)
            for runtime in (setting.publisher, setting.reader) * 2:
                declare(runtime, setting.bus)
            tables = run(setting, options.events, options.rounds, options.published_rows)
            setting.close()
        remove_topology(amqp_url, (PUBLISHER, READER))
    print("\n".join(tables))


def run(setting: Setting, events: int, rounds: int, published_rows: int) -> list[str]:
    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    published = publishing.measure(setting, events, rounds, published_rows, say)
    taken = intake.measure(setting, min(10_000, events), rounds, say)
    had = effects.measure(setting, min(3000, events), rounds, say)
    took = latency.measure(setting, say)
    return [
        "",
        *publishing.table(published),
        "",
        *intake.table(taken),
        "",
        *effects.table(had),
        "",
        *latency.table(took),
    ]


if __name__ == "__main__":
    main()
