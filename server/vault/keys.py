"""Master keys as they are kept: a file that only its owner reads.

It holds JSON: `{"current": "1", "keys": {"1": "<32 bytes in base64>"}}`. No message repeats what it holds.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from pathlib import Path

from graph.errors import MirageError
from server.embedded.files import write_whole
from server.vault.envelope import KEY_BYTES, MasterKeys


class NoMasterKey(MirageError):
    """There is no master key, or what should hold it cannot be read."""

    code = "NO_MASTER_KEY"


def new_keys(version: str = "1") -> MasterKeys:
    """One new random key."""
    return MasterKeys(version, {version: os.urandom(KEY_BYTES)})


def masters_of(file: Path | None) -> MasterKeys | None:
    """The keys in the file of the settings; None where they name none. Raises NoMasterKey."""
    return load_keys(file) if file else None


def load_keys(path: Path) -> MasterKeys:
    """The keys in a file. Raises NoMasterKey."""
    try:
        held = json.loads(path.read_text("utf-8"))
        keys = {v: base64.b64decode(key, validate=True) for v, key in held["keys"].items()}
        return MasterKeys(held["current"], keys)
    except OSError as error:
        raise NoMasterKey(
            f"the file of the master keys cannot be read: {path}: {type(error).__name__}; "
            "restore it from its backup: without it nothing that is sealed can be opened"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        # Not chained: the traceback of a decoder shows the text.
        raise NoMasterKey(
            f'{path}: {{"current": "1", "keys": {{"1": "<{KEY_BYTES} bytes in base64>"}}}} is right'
        ) from None


def save_keys(path: Path, keys: MasterKeys) -> None:
    """Replace the file, mode 0600."""
    held = {v: base64.b64encode(key).decode() for v, key in keys.keys.items()}
    write_whole(path, json.dumps({"current": keys.current, "keys": held}) + "\n", mode=0o600)
