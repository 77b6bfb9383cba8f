"""TLS contexts of the lab's servers: which certificate is shown to whom, and how old TLS may be."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.certificates import Certificates
from lab.company import Company


@dataclass(frozen=True)
class Contexts:
    """Makes contexts from the certificate files in `folder`."""

    company: Company
    folder: Path

    def for_sites(self, sites: Sequence[str], max_tls: str) -> ssl.SSLContext:
        """A context that shows each site's certificate to who asks for it, else the first one's."""
        contexts = {
            site: self.for_certificate(self.company.sites[site].certificate, max_tls)
            for site in sites
        }

        def choose(
            connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext
        ) -> None:
            if name in contexts:
                connection.context = contexts[name]

        default = contexts[sites[0]]
        default.sni_callback = choose
        return default

    def for_certificate(self, name: str, max_tls: str = "1.3") -> ssl.SSLContext:
        """A context that shows the certificate called `name`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if max_tls == "1.1":
            _allow_old_tls(context)
        if self.company.certificates[name].algorithm == "rsa-1024":
            context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(Certificates.file(self.folder, name))
        context.set_alpn_protocols(["http/1.1"])
        return context


def _allow_old_tls(context: ssl.SSLContext) -> None:
    with warnings.catch_warnings():  # that these versions are old is the point
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
