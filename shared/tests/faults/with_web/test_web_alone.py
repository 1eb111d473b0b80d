"""The web needs no broker: it never so much as opens a connection to one."""

from collections.abc import Callable
from typing import Any

import httpx

from shared.testing.deaf import deaf_server
from shared.testing.delivery import recorded


def test_a_command_is_carried_out_without_a_word_to_the_broker(pair: Any, start_web: Callable[..., Any]) -> None:
    with deaf_server() as broker:
        web = start_web(BUS_URL=f"amqp://guest:guest@127.0.0.1:{broker.port}//")
        assert web.name_thing("lamp").status_code == 201
        for path in ("/readyz", "/metrics", "/deliveries"):
            answer = httpx.get(f"{web.url}{path}", headers=web.headers, follow_redirects=True, trust_env=False)
            assert answer.status_code == 200, path
        assert broker.connections == []
    assert len(recorded(pair.runtimes["publisher"], "thing.named")) == 1
