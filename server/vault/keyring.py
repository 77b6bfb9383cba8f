"""The master keys of a process, as they are now: a key file that was replaced is noticed while the process runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from graph.errors import MirageError
from server.settings import KeySettings
from server.vault.envelope import MasterKeys, version_of
from server.vault.keys import NoMasterKey, load_keys, parse_keys
from server.vault.service import KeyService, TransitService

LOOK_EVERY_S = 10.0
NOTICED_WITHIN_S = 60.0  # as promised; what is not used does not look

log = structlog.get_logger(__name__)


Stamp = Callable[[], object]


class Keyring:
    """Master keys that are read again once what holds them has changed. One per process."""

    def __init__(
        self,
        read: Callable[[], MasterKeys],
        stamp: Stamp = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`read` gives the keys, `stamp` something that is different once they have changed. Raises as `read`."""
        self._read = read
        self._stamp = stamp
        self._clock = clock
        self._stamped = stamp()
        self._keys = read()
        self._look_at = clock() + LOOK_EVERY_S

    @classmethod
    def fixed(cls, keys: MasterKeys) -> Keyring:
        """Keys that do not change."""
        return cls(lambda: keys)

    @property
    def current(self) -> str:
        """The version that seals."""
        return self.now().current

    def now(self) -> MasterKeys:
        """The keys, looked at again where the last look is a while ago."""
        if self._clock() >= self._look_at:
            self._look()
        return self._keys

    def seal(self, value: bytes, context: str) -> str:
        """Seal `value` for `context`."""
        return self.now().seal(value, context)

    def open(self, sealed: str, context: str) -> bytes:
        """The value. Raises SealBroken."""
        return self._having(sealed).open(sealed, context)

    def reseal(self, sealed: str, context: str) -> str:
        """The same value under the current master key. Raises SealBroken."""
        return self._having(sealed).reseal(sealed, context)

    def _having(self, sealed: str) -> MasterKeys:
        """The keys; where they lack the one that sealed, others know a newer file: look at once."""
        if version_of(sealed) not in self.now().keys:
            self._look()
        return self._keys

    def _look(self) -> None:
        self._look_at = self._clock() + LOOK_EVERY_S
        stamped = self._stamp()
        if stamped == self._stamped:
            return
        try:
            self._keys = self._read()
            self._stamped = stamped
        except MirageError as error:
            # Half written or gone: those that were read last still open what there is.
            log.warning("the master keys cannot be read again", reason=str(error))


def open_keyring(settings: KeySettings) -> Keyring:
    """The keyring that the settings name. Raises NoMasterKey, KeyServiceUnavailable."""
    service = key_service(settings)
    if (file := settings.master_key_file) is not None:
        return Keyring(lambda: load_keys(file, service), lambda: stamp_of(file))
    if text := settings.master_keys.get_secret_value():
        return Keyring.fixed(parse_keys(text, "MIRAGE_MASTER_KEYS", service))
    raise NoMasterKey("there is no master key: set MIRAGE_MASTER_KEY_FILE or MIRAGE_MASTER_KEYS")


def key_service(settings: KeySettings) -> KeyService | None:
    """The key service that the settings name, if any."""
    if not settings.key_service_url:
        return None
    token = settings.key_service_token.get_secret_value()
    return TransitService(settings.key_service_url, settings.key_service_key, token)


def stamp_of(path: Path) -> object:
    """Something that differs once the file was replaced; None while there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
