"""Master keys as they are kept: a file that only its owner reads, or a text from the environment.

Both hold the same JSON: `{"current": "1", "keys": {"1": "<32 bytes in base64>"}}`; with a key service the keys are
wrapped by it: `{"current": "1", "wrapped": {"1": "<the service's text>"}}`. No message repeats what they hold.
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
from server.vault.service import KeyService


class NoMasterKey(MirageError):
    """There is no master key, or what should hold it cannot be read."""

    code = "NO_MASTER_KEY"


def new_keys(version: str = "1") -> MasterKeys:
    """One new random key."""
    return MasterKeys(version, {version: os.urandom(KEY_BYTES)})


def with_new(keys: MasterKeys, version: str = "") -> MasterKeys:
    """The keys and a new one, which seals from now on; its version is the next number unless given."""
    numbers = [int(each) for each in keys.keys if each.isdecimal()]
    chosen = version or str(max(numbers, default=0) + 1)
    return MasterKeys(chosen, {**keys.keys, chosen: os.urandom(KEY_BYTES)})


def without(keys: MasterKeys, version: str) -> MasterKeys:
    """The keys but one, which is not the current one."""
    return MasterKeys(keys.current, {v: key for v, key in keys.keys.items() if v != version})


def load_keys(path: Path, service: KeyService | None = None) -> MasterKeys:
    """The keys in a file. Raises NoMasterKey, KeyServiceUnavailable."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoMasterKey(
            f"the file of the master keys cannot be read: {path}: {type(error).__name__}; "
            "restore it from its backup: without it nothing that is sealed can be opened"
        ) from error
    return parse_keys(text, str(path), service)


def parse_keys(text: str, where: str, service: KeyService | None = None) -> MasterKeys:
    """The keys in a text; `where` it is from is named in messages. Raises NoMasterKey, KeyServiceUnavailable."""
    try:
        held = json.loads(text)
        if "wrapped" in held:
            if service is None:
                raise NoMasterKey(
                    f"{where}: its keys are wrapped by a key service; set MIRAGE_KEY_SERVICE_URL"
                )
            keys = {v: service.unwrap(wrapped) for v, wrapped in held["wrapped"].items()}
        else:
            keys = {v: base64.b64decode(key, validate=True) for v, key in held["keys"].items()}
        return MasterKeys(held["current"], keys)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        reason = str(error) if type(error) is ValueError else type(error).__name__
        # Not chained: the traceback of a decoder shows the text.
        raise NoMasterKey(
            f'{where}: {{"current": "1", "keys": {{"1": "<{KEY_BYTES} bytes in base64>"}}}} is right: {reason}'
        ) from None


def write_keys(keys: MasterKeys, service: KeyService | None = None) -> str:
    """The text that `parse_keys` reads. Raises KeyServiceUnavailable."""
    held: dict[str, object] = {"current": keys.current}
    if service is None:
        held["keys"] = {v: base64.b64encode(key).decode() for v, key in keys.keys.items()}
    else:
        held["wrapped"] = {v: service.wrap(key) for v, key in keys.keys.items()}
    return json.dumps(held)


def save_keys(path: Path, keys: MasterKeys, service: KeyService | None = None) -> None:
    """Replace the file, mode 0600, and see to it that the disk has it before anything is sealed with them."""
    write_whole(path, write_keys(keys, service) + "\n", mode=0o600)
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
