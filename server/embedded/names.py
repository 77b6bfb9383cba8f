"""Whether the folders `server`, `graph`, `collectors` and `cypher` are Mirage's own.

Such plain names are safe only in an environment of Mirage's own: installing another project that
ships a folder `server` would replace ours without a word.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

from graph.errors import Conflict

OUR_NAMES = ("server", "graph", "collectors", "cypher")
OUR_PROJECT = "mirage-server"


def check_names() -> Path:
    """The one folder that holds all four; `Conflict` names who else claims one."""
    owners = importlib.metadata.packages_distributions()
    foreign = sorted(
        f"{name} (by {owner})"
        for name in OUR_NAMES
        for owner in owners.get(name, [])
        if owner != OUR_PROJECT
    )
    specs = [importlib.util.find_spec(name) for name in OUR_NAMES]
    folders = {Path(spec.origin).parents[1] for spec in specs if spec and spec.origin}
    if foreign or len(folders) != 1:
        found = ", ".join(foreign or map(str, sorted(folders)))
        raise Conflict(
            f"other projects claim Mirage's folders: {found}; "
            "give Mirage an environment of its own (remove .venv and run ./mirage)"
        )
    return folders.pop()
