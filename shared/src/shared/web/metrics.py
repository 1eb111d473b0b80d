"""``/metrics``: requests and how long they took, by route template, never by address."""

import os
import time

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from shared.web.guards import public

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LABELS = ("service", "method", "route")


class WebMetrics:
    """Counters of one application. With several gunicorn workers (PROMETHEUS_MULTIPROC_DIR is set before the
    start) the files of all workers are merged at each reading."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.merged = bool(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "yizhan_http_requests", "Requests answered.", (*_LABELS, "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "yizhan_http_request_seconds",
            "Time to answer, in seconds.",
            _LABELS,
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def text(self) -> bytes:
        if self.merged:
            merged = CollectorRegistry()
            MultiProcessCollector(merged)  # type: ignore[no-untyped-call]
            return generate_latest(merged)
        return generate_latest(self.registry) + generate_latest(REGISTRY)

    def observe(self, response: Response) -> None:
        route = request.url_rule.rule if request.url_rule else "(none)"
        method = request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "OTHER"
        self.requests.labels(self.service, method, route, str(response.status_code)).inc()
        started: float | None = g.get("started")
        if started is not None:
            self.seconds.labels(self.service, method, route).observe(time.perf_counter() - started)


def register(app: Flask, service: str) -> None:
    metrics = WebMetrics(service)
    blueprint = Blueprint("metrics", __name__)

    @app.after_request
    def observe(response: Response) -> Response:
        metrics.observe(response)
        return response

    @blueprint.get("/metrics")
    @public
    def show() -> Response:
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    app.register_blueprint(blueprint)
