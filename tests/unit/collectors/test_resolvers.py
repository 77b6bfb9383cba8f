"""Which resolvers are asked where nobody names any: the system's own."""

import os
from pathlib import Path

import pytest

from collectors._kit.dialing import Endpoint
from collectors._kit.resolvers import NoResolvers, SystemResolvers, fixed


def test_the_systems_resolvers_are_those_of_its_file_in_order(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(
        "# made by the system\nsearch heron.example\noptions edns0 trust-ad\n"
        "nameserver 127.0.0.53\nnameserver 192.0.2.1\nnameserver 2001:db8::53\n"
        "nameserver fe80::1%eth0\nnameserver 192.0.2.1\n"
    )
    assert [str(one) for one in SystemResolvers(file)()] == [
        "127.0.0.53:53",
        "192.0.2.1:53",
        "[2001:db8::53]:53",
        "[fe80::1%eth0]:53",
    ]


def test_they_are_read_again_when_the_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("nameserver 192.0.2.1\n")
    resolvers = SystemResolvers(file)
    assert resolvers() is resolvers()
    file.write_text("nameserver 192.0.2.2\n")
    os.utime(file, ns=(1, 1))
    assert resolvers() == (Endpoint("192.0.2.2", 53),)


@pytest.mark.parametrize("text", ["", "# none\n", "nameserver nobody\n"])
def test_a_system_without_resolvers_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(text)
    with pytest.raises(NoResolvers, match=r"the system names no DNS resolver .*the setting"):
        SystemResolvers(file)()
    with pytest.raises(NoResolvers):
        SystemResolvers(tmp_path / "absent")()


def test_some_resolver_must_be_named() -> None:
    with pytest.raises(ValueError, match="at least one resolver"):
        fixed()
