"""The demo service's fixtures; its package lies beside the tests, not in a distribution."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from demo.fixtures import admin, app, bearer, client, runtime

__all__ = ["admin", "app", "bearer", "client", "runtime"]
