"""The committed AsyncAPI and OpenAPI documents, held against the official schemas and against what these cannot say."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from xstate_statemachine.eda import load_asyncapi_schema

CONTRACTS = Path(__file__).parents[2] / "contracts"
SERVICES = sorted(path.parent.name for path in CONTRACTS.glob("*/asyncapi.yaml"))
OFFICIAL_ASYNCAPI = "ab3a11d9da97e0619e02eb0a2e9f1d259ed45570b0eeccc8df38a0f02dc912ba"
"""SHA-256 of schemas/3.0.0.json of github.com/asyncapi/spec-json-schemas, keys sorted and without spaces."""
METHODS = ("get", "post", "put", "patch", "delete")


def load(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return yaml.load(text, yaml.CSafeLoader) if path.suffix == ".yaml" else json.loads(text)


DOCUMENTS = {service: load(CONTRACTS / service / "asyncapi.yaml") for service in SERVICES}
APIS = {service: load(CONTRACTS / service / "openapi.yaml") for service in SERVICES}


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def resolved(service: str, reference: str) -> Any:
    """What a reference of a service's document points to; KeyError or FileNotFoundError when there is nothing."""
    file, _, pointer = reference.partition("#")
    folder = CONTRACTS / service
    found = load(folder / file) if file and not file.endswith("asyncapi.yaml") else None
    if found is None:
        found = DOCUMENTS[(folder / file).resolve().parent.name if file else service]
    for step in pointer.strip("/").split("/") if pointer.strip("/") else ():
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def test_the_schema_of_asyncapi_is_the_official_one() -> None:
    said = json.dumps(load_asyncapi_schema(), sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(said.encode()).hexdigest() == OFFICIAL_ASYNCAPI


@pytest.mark.parametrize("service", SERVICES)
def test_an_asyncapi_document_fits_the_official_schema(service: str) -> None:
    found = [f"{error.json_path}: {error.message[:200]}" for error in official().iter_errors(DOCUMENTS[service])]
    assert found == []


def official() -> Draft7Validator:
    return Draft7Validator(load_asyncapi_schema())


@pytest.mark.parametrize(
    "broken",
    [
        lambda document: document["operations"].update(x={"action": "publish", "channel": {"$ref": "#/channels/x"}}),
        lambda document: next(iter(document["channels"].values())).update(adress="x"),
        lambda document: document["servers"]["rabbitmq"].pop("host"),
    ],
    ids=["unknown action", "unknown field", "server without host"],
)
def test_the_official_schema_notices_a_mistake(broken: Any) -> None:
    document = load(CONTRACTS / SERVICES[0] / "asyncapi.yaml")
    broken(document)
    assert list(official().iter_errors(document))


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_of_an_asyncapi_document_leads_somewhere(service: str) -> None:
    for reference in sorted(set(references(DOCUMENTS[service]))):
        assert resolved(service, reference), reference


@pytest.mark.parametrize("service", SERVICES)
def test_addresses_and_hosts_name_their_parameters(service: str) -> None:
    document = DOCUMENTS[service]
    for name, channel in document["channels"].items():
        assert set(re.findall(r"{(\w+)}", channel["address"])) == set(channel.get("parameters", {})), name
    for server in document["servers"].values():
        named = re.findall(r"{(\w+)}", server["host"] + server["pathname"])
        assert set(named) == set(server["variables"])


@pytest.mark.parametrize("service", SERVICES)
def test_operations_use_messages_of_their_own_channel(service: str) -> None:
    document = DOCUMENTS[service]
    for name, operation in document["operations"].items():
        channel = operation["channel"]["$ref"]
        known = resolved(service, channel)["messages"]
        assert operation["summary"], name
        for message in operation["messages"]:
            assert message["$ref"].startswith(f"{channel}/messages/"), name
            assert message["$ref"].rpartition("/")[2] in known, name


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_is_sent_and_every_need_received(service: str) -> None:
    document = DOCUMENTS[service]
    sent = {
        each["$ref"]
        for operation in document["operations"].values()
        if operation["action"] == "send"
        for each in operation["messages"]
    }
    for path in (CONTRACTS / service / "events").glob("*.schema.json"):
        key = path.name.removesuffix(".schema.json")
        assert any(reference.endswith(f"/messages/{key}") for reference in sent), key
    for path in (CONTRACTS / service / "needs").glob("*.json"):
        for key, need in load(path)["events"].items():
            assert key in document["channels"][need["queue"]]["messages"]


@pytest.mark.parametrize("service", SERVICES)
def test_an_example_message_fits_envelope_and_data(service: str) -> None:
    document = DOCUMENTS[service]
    base = (CONTRACTS / service / "asyncapi.yaml").as_uri()

    def retrieve(uri: str) -> Resource[Any]:
        return Resource(load(Path(uri.removeprefix("file://"))), DRAFT202012)

    registry: Registry[Any] = Registry(retrieve=retrieve)
    for key, message in document["components"]["messages"].items():
        assert message["examples"], key
        pointer = urljoin(base, f"#/components/messages/{key}/payload")
        validator = Draft202012Validator({"$ref": pointer}, registry=registry, format_checker=FormatChecker())
        for example in message["examples"]:
            errors = [
                f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(example["payload"])
            ]
            assert errors == [], key
            assert not validator.is_valid({**example["payload"], "data": None}), key


@pytest.mark.parametrize("service", SERVICES)
def test_an_openapi_document_fits_the_official_schema(service: str) -> None:
    assert APIS[service]["openapi"].startswith("3.1.")
    assert [str(error)[:300] for error in OpenAPIV31SpecValidator(APIS[service]).iter_errors()] == []


def operations(service: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in APIS[service]["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_says_what_it_does_and_how_it_fails(service: str) -> None:
    api = APIS[service]
    for name, operation in operations(service):
        assert operation.get("summary"), f"{name} says nothing"
        errors = {status: answer for status, answer in operation["responses"].items() if status[0] not in "123"}
        assert "default" in errors, f"{name} does not say how it fails"
        for answer in errors.values():
            found = answer
            if "$ref" in answer:
                found = api["components"]["responses"][answer["$ref"].rpartition("/")[2]]
            assert list(found["content"]) == ["application/problem+json"], name


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_needs_a_token(service: str) -> None:
    api = APIS[service]
    schemes = api["components"]["securitySchemes"]
    for name, operation in operations(service):
        required = operation.get("security", api.get("security"))
        assert required, f"{name} is open to everybody"
        assert all(scheme in schemes for each in required for scheme in each), name


@pytest.mark.parametrize("service", SERVICES)
def test_an_openapi_document_reads_nothing_from_elsewhere(service: str) -> None:
    assert all(reference.startswith("#/") for reference in references(APIS[service]))
