"""Which recursive resolvers are asked: those that an operator names, else the system's own.

Resolvers are the one thing that may be on loopback or in a private network without being allowed:
an operator or the system chose them, no answer did.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dns.exception
import dns.resolver

from collectors._kit.dialing import Endpoint
from graph.errors import SourceUnavailable

SYSTEM_FILE = Path("/etc/resolv.conf")

Resolvers = Callable[[], Sequence[Endpoint]]  # the resolvers, in the order in which to ask them


class NoResolvers(SourceUnavailable):
    """There is nobody to ask for names."""


def fixed(*endpoints: Endpoint) -> Resolvers:
    """These resolvers, always. Raises ValueError where there are none."""
    if not endpoints:
        raise ValueError("at least one resolver is needed")
    return lambda: endpoints


@dataclass
class SystemResolvers:
    """The resolvers that the system is set to, read again whenever its file changes.

    A laptop that moves to another network gets others while a worker runs.
    """

    path: Path = SYSTEM_FILE
    _read_at: tuple[int, int] | None = None
    _found: tuple[Endpoint, ...] = field(default=())

    def __call__(self) -> Sequence[Endpoint]:
        """The resolvers in the system's order. Raises NoResolvers where it names none."""
        try:
            now = self.path.stat()
        except OSError:
            state = None  # also where resolvers are not set by a file (Windows)
        else:
            state = (now.st_mtime_ns, now.st_ino)
        if not self._found or state != self._read_at:
            self._found, self._read_at = self._read(), state
        return self._found

    def _read(self) -> tuple[Endpoint, ...]:
        try:
            named = dns.resolver.Resolver(str(self.path)).nameservers
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise NoResolvers(
                f"the system names no DNS resolver ({self.path}: {error}); "
                "the setting `resolvers` can"
            ) from error
        return tuple(dict.fromkeys(_endpoint(str(one)) for one in named))


def _endpoint(address: str) -> Endpoint:
    """An address of the system's, which may name an interface (`fe80::1%eth0`)."""
    return Endpoint(str(ipaddress.ip_address(address)), 53)
