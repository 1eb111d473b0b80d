import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import text

from shared.database import Database
from shared.runtime import Runtime


def test_healthz_needs_nobody(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "alive", "service": "demo"}


def test_readyz_tells_delivery_ages(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200, answer.text
    assert answer.json["status"] == "ready"
    assert answer.json["warnings"] == []
    assert "outbox_oldest_seconds" in answer.json["deliveries"]


def test_undelivered_events_are_a_warning_and_no_reason_to_stop(
    client: FlaskClient, bearer: dict[str, str], runtime: Runtime
) -> None:
    client.post("/api/v1/things", json={"name": "Chess"}, headers=bearer)
    runtime.clock.advance(minutes=6)  # type: ignore[attr-defined]
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["warnings"] == ["outbox_oldest_seconds is 360.0"]


def test_an_older_schema_is_not_ready(client: FlaskClient, runtime: Runtime) -> None:
    with runtime.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'shared_0001'"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["schema"]) == (503, "older than the code")


def test_a_database_that_is_away_is_not_ready(client: FlaskClient, runtime: Runtime) -> None:
    there, runtime.database = runtime.database, Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    answer = client.get("/readyz")
    runtime.database = there
    assert (answer.status_code, answer.json["database"]) == (503, "away")
    assert client.get("/healthz").status_code == 200


def test_metrics_count_by_route_template(client: FlaskClient, bearer: dict[str, str]) -> None:
    client.get("/api/v1/things/00000000-0000-7000-8000-000000000000", headers=bearer)
    client.get("/no/such/address/at/all")
    shown = client.get("/metrics").text
    assert (
        'yizhan_http_requests_total{method="GET",route="/api/v1/things/<uuid:thing_id>",'
        'service="demo",status="404"} 1.0' in shown
    )
    assert "no/such/address" not in shown
    assert "yizhan_http_request_seconds_bucket" in shown


def test_applications_do_not_share_their_counters(runtime: Runtime, make_runtime: Callable[..., Runtime]) -> None:
    from demo.app import make

    first, second = make(runtime).test_client(), make(runtime).test_client()
    first.get("/healthz")
    assert 'route="/healthz"' not in second.get("/metrics").text


def test_several_workers_are_counted_together(tmp_path: Path) -> None:
    """Two processes write into one folder; a third one reads both, as gunicorn's workers do."""
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    count = (
        "from shared.web.metrics import WebMetrics;"
        "metrics = WebMetrics('demo');"
        "metrics.requests.labels('demo', 'GET', '/', '200').inc({});"
        "print(metrics.text().decode())"
    )
    shown = ""
    for amount in (2, 3):
        done = subprocess.run(
            [sys.executable, "-c", count.format(amount)], env=environ, capture_output=True, text=True, check=True
        )
        shown = done.stdout
    assert 'yizhan_http_requests_total{method="GET",route="/",service="demo",status="200"} 5.0' in shown
