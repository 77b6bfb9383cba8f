"""The master keys of tests: always the same, so that what one run sealed in a kept database opens in the next."""

from __future__ import annotations

import hashlib

from server.vault.envelope import MasterKeys

MASTERS = MasterKeys("test", {"test": hashlib.sha256(b"the master key of tests").digest()})
