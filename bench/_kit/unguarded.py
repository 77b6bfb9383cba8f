"""Lets everybody in as one caller, for an API process that serves as a reference: nothing is looked up or checked.

Importing this module does it; MIRAGE_BENCH_ORG names the organization.
"""

from __future__ import annotations

import os

from server.auth.gate import Gate
from server.auth.policy import GRANTS, Permission, Principal, Role

ORG = "MIRAGE_BENCH_ORG"

_EVERYBODY = Principal(
    "bench", "bench@users.example", os.environ[ORG], "Bench", "VIEWER", "", GRANTS[Role.VIEWER]
)


async def _admit(self: Gate, authorization: str, address: str) -> Principal:  # noqa: ARG001 - the gate's form
    return _EVERYBODY


def _require(self: Principal, permission: Permission, what: str) -> None:
    """Nothing is asked for."""


Gate.admit_header = _admit  # type: ignore[method-assign]
Principal.require = _require  # type: ignore[method-assign]
