"""Keccak-256 as Ethereum uses it: the standard library's SHA3-256 pads otherwise.

Slow and only for checks of addresses; not for secrets.
"""

from __future__ import annotations

_RATE = 136
_MASK = 2**64 - 1
_ROTATIONS = (
    (0, 36, 3, 41, 18),
    (1, 44, 10, 45, 2),
    (62, 6, 43, 15, 61),
    (28, 55, 25, 21, 56),
    (27, 20, 39, 8, 14),
)


def keccak256(data: bytes) -> bytes:
    """The digest of `data`, 32 bytes."""
    padding = bytearray(_RATE - len(data) % _RATE)
    padding[0] |= 0x01
    padding[-1] |= 0x80
    padded = data + bytes(padding)
    state = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            word = padded[start + lane * 8 : start + lane * 8 + 8]
            state[lane % 5][lane // 5] ^= int.from_bytes(word, "little")
        state = _permuted(state)
    return b"".join(state[lane % 5][lane // 5].to_bytes(8, "little") for lane in range(4))


def _permuted(a: list[list[int]]) -> list[list[int]]:
    """The permutation Keccak-f[1600]: 24 rounds of theta, rho, pi, chi and iota."""
    shift = 1
    for _ in range(24):
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[(x - 1) % 5] ^ _rotated(c[(x + 1) % 5], 1) for x in range(5)]
        b = [[0] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                b[y][(2 * x + 3 * y) % 5] = _rotated(a[x][y] ^ d[x], _ROTATIONS[x][y])
        a = [
            [b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y]) for y in range(5)] for x in range(5)
        ]
        for bit in range(7):  # iota's constant comes from a shift register of eight bits
            shift = (shift << 1) ^ ((shift >> 7) * 0x171)
            if shift & 2:
                a[0][0] ^= 1 << ((1 << bit) - 1)
    return a


def _rotated(word: int, by: int) -> int:
    return ((word << by) | (word >> (64 - by))) & _MASK
