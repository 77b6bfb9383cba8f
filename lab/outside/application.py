"""Which program answers for which `application` of `company.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lab.company import Application
from lab.outside import archive, certificate_search, feeds, registration_data, whois
from lab.web.message import Handler
from lab.world import World

WEB: Mapping[Application, Callable[[World], Handler]] = {
    "rdap_bootstrap": registration_data.bootstrap,
    "rdap_names": registration_data.names,
    "rdap_numbers": registration_data.numbers,
    "certificate_search": certificate_search.search,
    "archive": archive.archive,
    "feeds": feeds.feeds,
}
WHOIS: Mapping[Application, Callable[[World], Callable[[str], str]]] = {
    "whois_root": whois.root,
    "whois_names": whois.names,
}
