"""What gunicorn calls in the life of a web process: logs and tracing are set up, a dead worker's counters given up."""

import os
from typing import Any

from shared.operations import exporting
from shared.operations.logs import configure


def on_starting(_server: Any) -> None:
    configure(os.environ.get("YIZHAN_SERVICE", ""), "web")


def post_worker_init(_worker: Any) -> None:
    service = os.environ.get("YIZHAN_SERVICE", "")
    configure(service, "web")
    exporting.configure(service, "web")


def worker_exit(_server: Any, _worker: Any) -> None:
    exporting.close()


def child_exit(_server: Any, worker: Any) -> None:
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
