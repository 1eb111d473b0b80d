"""docker-compose.yml says what the code and the contracts say, in words that compose 1.29 reads, too."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.settings import PORTS
from suite.broker_setup import SERVICES
from suite.secrets import new_settings

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
CONTAINERS: dict[str, Any] = COMPOSE["services"]


def test_every_service_migrates_then_serves_and_works() -> None:
    expected = {f"{service}-{role}" for service in SERVICES for role in ("migrate", "web", "worker")}
    assert set(CONTAINERS) == expected | {"rabbitmq", "postgres", "broker-setup", "mailbox"}
    for service in SERVICES:
        for role in ("web", "worker"):
            container = CONTAINERS[f"{service}-{role}"]
            assert container["command"] == [role]
            assert container["depends_on"] == {f"{service}-migrate": {"condition": "service_completed_successfully"}}


def test_no_top_level_key_that_one_of_the_two_compose_generations_does_not_know() -> None:
    assert {key for key in COMPOSE if not key.startswith("x-")} == {"services", "volumes"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_where_the_contract_says(service: str) -> None:
    web = CONTAINERS[f"{service}-web"]
    port = PORTS[service]
    assert web["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert web["environment"]["PORT"] == str(port)
    assert web["environment"]["WORKER_PORT"] == str(port + 100)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_a_database_a_role_and_a_broker_user_of_its_own(service: str) -> None:
    for role in ("web", "worker"):
        environment = CONTAINERS[f"{service}-{role}"]["environment"]
        assert environment["DATABASE_URL"].startswith(f"postgresql+psycopg://{service}:")
        assert environment["DATABASE_URL"].endswith(f"@postgres:5432/{service}")
        assert environment["BUS_URL"].startswith(f"amqp://{service}:")
        assert "MIGRATION_DATABASE_URL" not in environment, "only the migrating container knows the owner"
    migrating = CONTAINERS[f"{service}-migrate"]["environment"]
    assert migrating["MIGRATION_DATABASE_URL"].startswith(f"postgresql+psycopg://{service}_owner:")


@pytest.mark.parametrize("service", SERVICES)
def test_healthy_means_ready(service: str) -> None:
    assert CONTAINERS[f"{service}-web"]["healthcheck"]["test"] == ["CMD", service, "health"]
    assert CONTAINERS[f"{service}-worker"]["healthcheck"]["test"] == ["CMD", service, "health", "--worker"]


def test_what_has_no_default_is_asked_for_made_by_the_command_and_described() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", TEXT))
    described = set(re.findall(r"^(\w+)=$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert asked == set(new_settings()) == described


def test_images_can_be_replaced() -> None:
    images = dict(re.findall(r"\$\{(\w+_IMAGE):-([^}]+)\}", TEXT))
    assert images == {
        "RABBITMQ_IMAGE": "rabbitmq:4.0-management",
        "POSTGRES_IMAGE": "postgres:17",
        "PYTHON_IMAGE": "python:3.13-slim-trixie",
    }


def test_the_mailbox_comes_only_when_asked_for() -> None:
    assert CONTAINERS["mailbox"]["profiles"] == ["mailbox"]


def test_no_secret_stands_in_the_file() -> None:
    for url in re.findall(r"(?:amqp|postgresql\+psycopg)://\w+:([^@]+)@", TEXT):
        assert url.startswith("${")


def test_what_is_let_into_the_images_is_named_without_wildcards() -> None:
    """compose 1.29 looks into no folder that only a pattern with a wildcard lets in again."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert let_in
    assert not [path for path in let_in if "*" in path]
    assert not [path for path in let_in if not (ROOT / path).exists()]
