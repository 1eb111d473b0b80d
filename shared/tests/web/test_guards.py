import subprocess
import sys
from pathlib import Path

import pytest
from flask import Blueprint

from shared.runtime import Runtime
from shared.web import create_app
from shared.web.guards import UnguardedView


def test_an_application_with_an_unguarded_route_does_not_start(runtime: Runtime) -> None:
    pages = Blueprint("open", __name__)

    @pages.get("/open")
    def show() -> str:
        return "anybody may see this"

    with pytest.raises(UnguardedView, match="/open"):
        create_app(runtime, pages=[pages], apis=[], navigation=[], package="demo")


def test_a_web_process_imports_no_broker_client() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import demo.app;"
        "sys.exit(','.join(m for m in sys.modules if m.split('.')[0] in ('kombu', 'amqp')) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_worker_cleans_up_without_importing_web_code() -> None:
    code = "import sys, shared.staff.timers; sys.exit('flask' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
