"""Ports for the servers of tests, each given out once."""

import random
import socket

_PORTS = range(20000, 32000)
"""Below the ports that the system takes for outgoing connections: those come and go between a look and a use."""
_given: set[int] = set()
_chance = random.SystemRandom()  # not the seeded one: test runs beside each other would choose alike


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now, and that was not given out before."""
    while True:
        port = _chance.choice(_PORTS)
        if port not in _given and _can_be_bound(port):
            _given.add(port)
            return port


def _can_be_bound(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
