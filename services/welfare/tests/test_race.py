"""Fifty families at once and a fund for six, over HTTP against the service as gunicorn serves it."""

import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from threading import Barrier
from uuid import UUID

import httpx
from sqlalchemy import select

from shared.operations.serving import gunicorn_command
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.ports import free_port
from shared.testing.web import bearer
from welfare import wall
from welfare.funds.models import Fund, FundEntry
from welfare.service import SERVICE

FAMILIES = 50


@contextmanager
def served(runtime: Runtime) -> Iterator[str]:
    """The service behind gunicorn on a free port, with threads, on the test's database."""
    port = free_port()
    settings = replace(runtime.settings, port=port, host="127.0.0.1", web_threads=16)
    process = subprocess.Popen(
        gunicorn_command(SERVICE, settings),
        env={**os.environ, **settings.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not ready(address):
            assert process.poll() is None, "gunicorn ended"
            assert time.monotonic() < deadline, "gunicorn never got ready"
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def test_of_fifty_parallel_pay_outs_from_a_fund_for_six_exactly_six_succeed(centre) -> None:
    runtime = centre.runtime
    fund = centre.fund("12000.00")
    applications = [centre.application(fund, person=1 + number % 20).id for number in range(FAMILIES)]
    approver = bearer(runtime, Grant("manager", "*"), name="approver")
    payer = bearer(runtime, Grant("officer", "*"), name="payer")
    start = Barrier(FAMILIES)

    with served(runtime) as address, httpx.Client(base_url=address, timeout=60) as client:

        def help_family(application_id: UUID) -> tuple[int, str]:
            start.wait()
            approved = client.post(
                f"/api/v1/relief-applications/{application_id}/approve",
                json={},
                headers={**approver, "Idempotency-Key": f"approve {application_id}"},
            )
            paid = client.post(
                "/api/v1/disbursements",
                json={"relief_application_id": str(application_id), "amount": "2000.00"},
                headers={**payer, "Idempotency-Key": f"pay {application_id}"},
            )
            if approved.status_code == 200:
                return paid.status_code, paid.json().get("code", "paid")
            assert (paid.status_code, paid.json()["code"]) == (409, "not-approved")
            return approved.status_code, approved.json()["code"]

        with ThreadPoolExecutor(FAMILIES) as pool:
            outcomes = Counter(pool.map(help_family, applications))

    assert outcomes == {(201, "paid"): 6, (409, "fund-exhausted"): FAMILIES - 6}
    with runtime.reading() as session:
        found = wall.find(session, Fund, fund.id, centre.admin)
        assert (found.budget, found.reserved, found.spent) == (Decimal(12000), Decimal(0), Decimal(12000))
        lines = Counter(session.scalars(select(FundEntry.kind).where(FundEntry.fund_id == fund.id)))
    assert lines == {"budget": 1, "reservation": 6, "payment": 6}


def test_of_many_who_pay_the_same_family_at_once_one_succeeds(centre) -> None:
    runtime = centre.runtime
    fund = centre.fund("12000.00")
    application = centre.application(fund, approved=True)
    payer = bearer(runtime, Grant("officer", "*"), name="payer")
    start = Barrier(20)
    with served(runtime) as address, httpx.Client(base_url=address, timeout=60) as client:

        def pay(_number: int) -> tuple[int, str]:
            start.wait()
            answer = client.post(
                "/api/v1/disbursements", json={"relief_application_id": str(application.id)}, headers=payer
            )
            return answer.status_code, answer.json().get("code", "paid")

        with ThreadPoolExecutor(20) as pool:
            outcomes = Counter(pool.map(pay, range(20)))
    assert outcomes == {(201, "paid"): 1, (409, "already-paid"): 19}
