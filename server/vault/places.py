"""Where sealed values lie in the graph, and what each is bound to.

A node that holds one has it in its property `sealed`. What a value is bound to follows from the node's other
properties, by this table, so that a text moved to another node does not open there. `rotation` walks the same table:
a new place is one line here.
"""

from __future__ import annotations

from collections.abc import Mapping

PLACES: Mapping[str, str] = {
    "Secret": "secret/{org}/{source}/{name}{slot}",
    "AuditHead": "audit/{org}",
    "Letter": "letter/{id}",
    "Delivery": "delivery/{id}",
    "SecondFactor": "user/{user}/totp",
    "SigningKey": "signing/{kid}",
    "IdempotentRequest": "request/{id}",
}
"""From labels to what their values are bound to."""

_USUAL: Mapping[str, str] = {"slot": ""}
"""Properties that nodes of former versions lack."""


def place(label: str, /, **properties: str) -> str:
    """What the sealed value of such a node is bound to."""
    return PLACES[label].format_map({**_USUAL, **properties})
