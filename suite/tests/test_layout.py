"""Addresses and environments of the processes of one machine."""

from pathlib import Path

from suite.layout import SERVICES, Layout


def test_the_addresses_are_those_that_other_programs_rely_on() -> None:
    layout = Layout.from_environment({"YIZHAN_VAR": "/data"})
    assert [layout.port(service) for service in SERVICES] == [8101, 8102, 8103, 8104, 8105]
    assert (layout.mailbox_smtp_port, layout.mailbox_http_port) == (8125, 8126)
    assert layout.bus_url == "spool:///data/bus"


def test_what_belongs_to_one_service_is_not_inherited_by_five() -> None:
    layout = Layout(Path("/data"), 0, "amqp://broker")
    environment = layout.environment({"DATABASE_URL": "postgresql://one", "PORT": "80", "LANG": "C.UTF-8"})
    assert "DATABASE_URL" not in environment
    assert "PORT" not in environment
    assert environment["LANG"] == "C.UTF-8"
    assert environment["BUS_URL"] == "amqp://broker"


def test_every_program_has_a_name_and_a_port_of_its_own() -> None:
    programs = Layout(Path("/data"), 0, "spool:///data/bus").programs()
    assert len({program.name for program in programs}) == len(programs) == 11
