"""Makes the lab's private keys from names: the same file gives the same keys everywhere.

These keys protect nothing: whoever reads this can make them. They are for the lab alone.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

CertificateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

# The order of the curve P-256 (FIPS 186-5); a private key is a number from 1 to one less.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
RSA_EXPONENT = 65537
WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def bytes_for(name: str, size: int) -> bytes:
    """`size` bytes that look random and follow from `name` alone."""
    return hashlib.shake_256(f"mirage lab\x1f{name}".encode()).digest(size)


def p256_key(name: str) -> ec.EllipticCurvePrivateKey:
    """The elliptic-curve key called `name`."""
    number = int.from_bytes(bytes_for(f"p-256 {name}", 48)) % (P256_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def ed25519_key(name: str) -> ed25519.Ed25519PrivateKey:
    """The Ed25519 key called `name`, as SSH hosts use."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes_for(f"ed25519 {name}", 32))


@cache
def rsa_key(name: str, bits: int) -> rsa.RSAPrivateKey:
    """The RSA key called `name`, `bits` long. Short ones only: it is slow above 1,024 bits."""
    primes = _primes(name, bits // 2)
    p, q = next(primes), next(primes)
    d = pow(RSA_EXPONENT, -1, math.lcm(p - 1, q - 1))
    public = rsa.RSAPublicNumbers(RSA_EXPONENT, p * q)
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *crt, public).private_key()


def certificate_key(name: str, algorithm: str) -> CertificateKey:
    """The key called `name` for a certificate: `p-256`, or `rsa-1024` for a weak one."""
    return rsa_key(name, 1024) if algorithm == "rsa-1024" else p256_key(name)


def _primes(name: str, bits: int) -> Iterator[int]:
    """Primes of `bits` bits, the upper two set, so that a product of two has full length."""
    stream = bytes_for(f"rsa {name}", 1 << 18)
    size = bits // 8
    for start in range(0, len(stream) - size, size):
        number = int.from_bytes(stream[start : start + size]) | 3 << (bits - 2) | 1
        if number % RSA_EXPONENT != 1 and _is_prime(number):
            yield number


def _is_prime(number: int) -> bool:
    """The Miller-Rabin test with fixed witnesses; enough for keys that protect nothing."""
    if any(number % prime == 0 for prime in WITNESSES):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(number, witness, odd, twos) for witness in WITNESSES)


def _passes(number: int, witness: int, odd: int, twos: int) -> bool:
    power = pow(witness, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = pow(power, 2, number)
        if power == number - 1:
            return True
    return False
