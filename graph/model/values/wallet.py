"""Addresses of crypto currencies, held to their own check digits.

Whether an address was ever used is not asked; a chain's name is a slug.
"""

from __future__ import annotations

import hashlib
import re

from graph.errors import Refused
from graph.model.values.keccak import keccak256
from graph.model.values.normaliser import Normaliser
from graph.model.values.slug import slug_of
from graph.model.values.text import KEY_TEXT, text_of

WANTED = "an address of a crypto currency"
EVM_CHAINS = frozenset(
    [
        "arbitrum",
        "avalanche",
        "base",
        "bsc",
        "celo",
        "ethereum",
        "fantom",
        "gnosis",
        "optimism",
        "polygon",
    ]
)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_PREFIXES = {"bitcoin": "bc", "litecoin": "ltc"}
_BASE58_VERSIONS = {
    "bitcoin": (0, 5),
    "litecoin": (48, 50, 5),
    "dogecoin": (30, 22),
    "dash": (76, 16),
    "tron": (65,),
}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def wallet_of(chain: object, raw: object) -> str:
    """The canonical address on `chain`; those of well-known chains must pass their own check."""
    name = slug_of(chain, "a chain")
    text = text_of(WANTED, raw, 200)
    if name in EVM_CHAINS:
        return _evm(raw, text)
    prefix = _BECH32_PREFIXES.get(name)
    if prefix and text.lower().startswith(f"{prefix}1"):
        return _bech32(raw, text)
    if name in _BASE58_VERSIONS:
        return _base58(raw, text, _BASE58_VERSIONS[name])
    if not re.fullmatch(r"[0-9A-Za-z:._-]{10,120}", text):
        raise Refused(WANTED, raw, "letters and digits are right")
    return KEY_TEXT(text)


def chain_of(text: str) -> str:
    """The chain whose address `text` is by its form and check. Raises Refused."""
    candidates: tuple[str, ...]
    if re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        candidates = ("ethereum",)
    elif re.fullmatch(r"(?:bc|BC)1[0-9A-Za-z]{10,87}", text):
        candidates = ("bitcoin",)
    elif re.fullmatch(rf"[{_BASE58}]{{26,35}}", text):
        candidates = ("bitcoin", "tron", "litecoin", "dogecoin", "dash")
    else:
        candidates = ()
    for chain in candidates:
        try:
            wallet_of(chain, text)
        except Refused:
            continue
        return chain
    raise Refused(WANTED, text, "no known chain has such an address")


def _evm(raw: object, text: str) -> str:
    digits = text[2:]
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        raise Refused(WANTED, raw, "0x and 40 hexadecimal digits are right")
    lower = digits.lower()
    if digits not in (lower, digits.upper()):
        sums = keccak256(lower.encode()).hex()
        right = "".join(
            c.upper() if int(s, 16) > 7 else c for c, s in zip(lower, sums, strict=False)
        )
        if digits != right:
            raise Refused(WANTED, raw, "its capitals, which are its check (EIP-55), are wrong")
    return f"0x{lower}"


def _base58(raw: object, text: str, versions: tuple[int, ...]) -> str:
    number = 0
    for char in text:
        place = _BASE58.find(char)
        if place < 0:
            raise Refused(WANTED, raw, f"the character {char!r} does not occur in such addresses")
        number = number * 58 + place
    zeros = len(text) - len(text.lstrip("1"))
    data = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    check = hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4]
    if len(data) != 25 or data[-4:] != check:
        raise Refused(WANTED, raw, "its check digits do not hold")
    if data[0] not in versions:
        raise Refused(WANTED, raw, "it is of another chain")
    return text


def _bech32(raw: object, text: str) -> str:
    """BIP 173 and BIP 350."""
    if text not in (text.lower(), text.upper()):
        raise Refused(WANTED, raw, "it mixes capitals and small letters")
    text = text.lower()
    prefix, _, data = text.rpartition("1")
    values = [_BECH32.find(c) for c in data]
    if len(values) < 8 or len(text) > 90 or -1 in values:
        raise Refused(WANTED, raw, "it holds a character that such addresses do not have")
    spread = [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix)]
    if _polymod(spread + values) != (1 if values[0] == 0 else 0x2BC830A3):
        raise Refused(WANTED, raw, "its check digits do not hold")
    return text


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            check ^= generator if top >> place & 1 else 0
    return check


CHAIN = Normaliser("a chain", 1, lambda raw: slug_of(raw, "a chain"))
