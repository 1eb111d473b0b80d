"""How the repository's files have to be for people to find their way."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("membership", "facilities", "activities", "welfare", "notifications")
LONGEST = 400


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository, whether committed or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_no_python_file_is_longer_than_can_be_read_at_once() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in tracked("*.py")}
    assert {str(path.relative_to(ROOT)): size for path, size in lengths.items() if size > LONGEST} == {}


@pytest.mark.parametrize("lock", sorted(path.name for path in (ROOT / "requirements").glob("*.txt")))
def test_locks_pin_versions_and_hashes_and_name_no_address(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted-host| @ |^-e", text, re.MULTILINE)
    pinned = re.findall(r"^[A-Za-z0-9._-]+(?:\[.*?\])?==\S+", text, re.MULTILINE)
    entries = [line for line in text.splitlines() if line and not line.startswith(("#", " "))]
    assert len(pinned) == len(entries) > 0
    assert text.count("--hash=sha256:") >= len(pinned)


def test_our_own_distributions_are_in_no_lock() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        assert "yizhan" not in path.read_text()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_what_somebody_new_looks_for(service: str) -> None:
    folder = ROOT / "services" / service
    for name in ("README.md", "CHANGELOG.md", "pyproject.toml", "Dockerfile"):
        assert (folder / name).is_file(), f"services/{service}/{name}"
    assert list(folder.glob("tests/**/test_*.py")), f"services/{service}/tests"


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_takes_shared_and_its_own_folder_alone(service: str) -> None:
    text = (ROOT / "services" / service / "Dockerfile").read_text()
    copied = {
        source for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for source in line.split()[:-1]
    }
    locks = {f"requirements/{name}.txt" for name in ("build", "shared", service)}
    assert copied == {"shared", f"services/{service}"} | locks
    assert re.search(r"^USER (?!0|root)", text, re.MULTILINE), "runs as root"


def test_nothing_is_left_for_later_and_no_exception_is_swallowed_whole() -> None:
    found = []
    for path in tracked("*.py"):
        text = path.read_text(encoding="utf-8")
        marks = re.findall(r"#\s*(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b", text)
        bare = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ExceptHandler) and node.type is None]
        if marks or bare:
            found.append(str(path.relative_to(ROOT)))
    assert found == []
