"""Mirage's plain folder names have one owner, or nothing starts."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from graph.errors import Conflict
from server.embedded.names import check_names

CHECKOUT = Path(__file__).parents[4]


def test_the_folders_of_this_checkout_are_ours() -> None:
    assert check_names() == CHECKOUT


def test_our_own_installed_project_is_no_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    owners = {"server": ["mirage-server"], "graph": ["mirage-server"]}
    monkeypatch.setattr(importlib.metadata, "packages_distributions", lambda: owners)

    assert check_names() == CHECKOUT


def test_another_project_with_a_folder_of_that_name_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owners = {"server": ["mirage-server", "other-project"]}
    monkeypatch.setattr(importlib.metadata, "packages_distributions", lambda: owners)

    with pytest.raises(Conflict, match=r"server \(by other-project\)"):
        check_names()
