"""Small files that must be whole or absent, and secret or not at all."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace `path` in one step, so that a reader sees the old or the new text, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        os.fchmod(handle, mode)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def keep_secret(path: Path, prefix: str = "") -> str:
    """The secret in `path`, made with mode 0600 the first time."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        secret = prefix + secrets.token_urlsafe(24)
        write_whole(path, f"{secret}\n", mode=0o600)
        return secret
