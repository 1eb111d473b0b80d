"""Fixtures for all tests of the suite come from the shared distribution."""

pytest_plugins = ("shared.testing.fixtures",)
