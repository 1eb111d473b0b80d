"""What is checked and removed before anything starts."""

import socket

import pytest

from suite.layout import Layout
from suite.preparation import CannotStart, check_ports, remove_data


def test_a_taken_port_is_named_with_who_needs_it_and_what_to_do(layout: Layout) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", layout.port("welfare")))
        taken.listen()
        sentence = rf"Port {layout.port('welfare')}, which welfare-web needs, is taken .*YIZHAN_PORT_OFFSET"
        with pytest.raises(CannotStart, match=sentence):
            check_ports(layout)


def test_free_ports_are_fine(layout: Layout) -> None:
    check_ports(layout)


def test_a_fresh_start_removes_what_the_suite_made_and_nothing_else(layout: Layout) -> None:
    (layout.var / "bus").mkdir()
    (layout.var / "bus" / "message").write_text("waiting")
    (layout.var / "membership.db").write_text("")
    (layout.var / "my-notes.txt").write_text("keep me")
    remove_data(layout)
    assert sorted(path.name for path in layout.var.iterdir()) == ["my-notes.txt"]
