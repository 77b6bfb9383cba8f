"""What to say of a name that nothing has: of a module, an option or a secret."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def meant(name: str, known: Iterable[str], otherwise: str) -> str:
    """Which of the known names is likely meant, as a question; `otherwise` where none is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"is {near[0]} meant?" if near else otherwise
