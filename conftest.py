"""Fixtures for all tests of the suite come from the shared distribution."""

# pytest names test modules after their folders, and would take the folder suite/ for the package otherwise.
import suite  # noqa: F401

pytest_plugins = ("shared.testing.fixtures",)
