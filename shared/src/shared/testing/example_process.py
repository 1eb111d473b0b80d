"""The example services as processes: ``python -m shared.testing.example_process publisher|reader web|ROLE,...``."""

import sys

from shared.operations.logs import configure
from shared.operations.serving import serve
from shared.runtime import Runtime
from shared.settings import Settings
from shared.testing.example import PUBLISHER, READER
from shared.worker.main import run_worker


def main() -> int:
    service = {"publisher": PUBLISHER, "reader": READER}[sys.argv[1]]
    if sys.argv[2] == "web":
        serve(service, Settings.from_environment(service.name))
    configure(service.name, "worker")
    return run_worker(Runtime.from_environment(service), sys.argv[2].split(","))


if __name__ == "__main__":
    sys.exit(main())
