"""Ports are free, below the ephemeral range, and the same next time."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from lab import port as lab_port
from server.embedded import ports as stack_ports
from server.embedded.ports import HIGHEST, LOWEST, is_free, known_ports, remembered_ports


def test_ports_are_distinct_and_in_range(tmp_path: Path) -> None:
    ports = remembered_ports(tmp_path / "ports.json", ("bolt", "http", "redis"))

    assert set(ports) == {"bolt", "http", "redis"}
    assert len(set(ports.values())) == 3
    assert all(LOWEST <= port < HIGHEST for port in ports.values())


def test_the_same_ports_come_back(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = remembered_ports(file, ("bolt", "http"))

    assert remembered_ports(file, ("bolt", "http")) == first
    assert known_ports(file) == first


def test_a_port_that_is_taken_meanwhile_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = remembered_ports(file, ("bolt", "http"))
    with socket.socket() as other:
        other.bind(("127.0.0.1", first["bolt"]))
        other.listen()

        second = remembered_ports(file, ("bolt", "http"))

    assert second["bolt"] != first["bolt"]
    assert second["http"] == first["http"]
    assert known_ports(file) == second


def test_equal_remembered_ports_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    port = remembered_ports(file, ("bolt",))["bolt"]
    file.write_text(json.dumps({"bolt": port, "http": port}))

    ports = remembered_ports(file, ("bolt", "http"))

    assert ports["bolt"] == port
    assert ports["http"] != port


def test_an_unreadable_file_is_as_none(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    file.write_text("{")

    assert known_ports(file) == {}
    assert is_free(remembered_ports(file, ("bolt",))["bolt"])


def test_the_lab_never_takes_a_port_that_a_stack_chose_for_later() -> None:
    assert set(range(LOWEST, HIGHEST)).isdisjoint(range(lab_port.LOWEST, lab_port.HIGHEST + 1))


def test_a_port_that_a_neighbouring_instance_remembers_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = tmp_path / "default" / "ports.json", tmp_path / "demo" / "ports.json"
    for file in (ours, theirs):
        file.parent.mkdir()
    monkeypatch.setattr(stack_ports, "HIGHEST", LOWEST + 400)
    monkeypatch.setattr(stack_ports, "_TRIES", 400)
    theirs.write_text(json.dumps({str(n): n for n in range(LOWEST, LOWEST + 399)}))

    assert remembered_ports(ours, ("bolt",)) == {"bolt": LOWEST + 399}
