"""An SSH server (asyncssh) that greets and exchanges keys, and lets nobody in."""

from __future__ import annotations

import socket

import asyncssh
from cryptography.hazmat.primitives import serialization

from lab.keys import ed25519_key


class NoLogin(asyncssh.SSHServer):
    """A server side without any way to authenticate."""

    def password_auth_supported(self) -> bool:
        """Offer the method, as most servers do."""
        return True

    def validate_password(self, username: str, password: str) -> bool:  # noqa: ARG002
        """No password is right."""
        return False


async def start_shell(name: str, banner: str, listener: socket.socket) -> asyncssh.SSHAcceptor:
    """Serve SSH on `listener` as software `banner`, with the host key called `name`."""
    return await asyncssh.listen(
        sock=listener,
        server_factory=NoLogin,
        server_host_keys=[asyncssh.import_private_key(host_key(name))],
        server_version=banner,
        allow_scp=False,
        gss_host=None,  # by default asyncssh asks the system's resolver for this machine's name
    )


def host_key(name: str) -> bytes:
    """The private host key called `name`, in OpenSSH's form."""
    return ed25519_key(f"ssh {name}").private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
