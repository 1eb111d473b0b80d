"""Starting the web process: gunicorn with threads, one worker unless the environment asks for more."""

import os
import sys
from pathlib import Path

from shared import faults
from shared.service import Service
from shared.settings import Settings


def gunicorn_command(service: Service, settings: Settings) -> list[str]:
    """The command line of gunicorn for this service."""
    scratch = "/dev/shm" if Path("/dev/shm").is_dir() else None
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"{settings.host}:{settings.port}",
        "--worker-class",
        "gthread",
        "--workers",
        str(settings.web_workers),
        "--threads",
        str(settings.web_threads),
        "--graceful-timeout",
        "7",
        "--timeout",
        "60",
        "--backlog",
        "1024",
        "--no-control-socket",
        "--config",
        "python:shared.operations.web_process",
        *(["--worker-tmp-dir", scratch] if scratch else []),
        f"{service.web_factory}()",
    ]


def serve(service: Service, settings: Settings) -> None:
    """Become gunicorn. Does not return. RuntimeError when a fault is armed in production."""
    faults.refuse_in_production(settings.production)
    if settings.web_workers > 1 and not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        folder = settings.var / "metrics" / service.name
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.glob("*.db"):
            left_over.unlink()
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    os.environ["YIZHAN_SERVICE"] = service.name
    command = gunicorn_command(service, settings)
    os.execv(command[0], command)
