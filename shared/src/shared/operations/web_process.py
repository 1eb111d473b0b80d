"""What gunicorn calls in the life of a web process: logs are set up, and a dead worker's counters are given up."""

import os
from typing import Any

from shared.operations.logs import configure


def on_starting(_server: Any) -> None:
    configure(os.environ.get("YIZHAN_SERVICE", ""), "web")


def post_worker_init(_worker: Any) -> None:
    configure(os.environ.get("YIZHAN_SERVICE", ""), "web")


def child_exit(_server: Any, worker: Any) -> None:
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
