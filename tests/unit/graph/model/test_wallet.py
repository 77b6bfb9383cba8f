"""Addresses of crypto currencies, by the vectors of their own standards."""

from __future__ import annotations

import pytest

from graph.errors import Refused
from graph.model.money import BankAccount, CryptoWallet
from graph.model.values.keccak import keccak256
from graph.model.values.wallet import chain_of, wallet_of


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    ],
)
def test_keccak(data: bytes, expected: str) -> None:
    assert keccak256(data).hex() == expected


def test_keccak_over_several_blocks_differs_by_each_byte() -> None:
    assert len({keccak256(b"a" * n) for n in range(130, 140)}) == 10


@pytest.mark.parametrize(
    ("chain", "raw", "expected"),
    [
        ("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("bitcoin", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
        ("bitcoin", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
         "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        ("bitcoin", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
         "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
        ("ethereum", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
         "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
        ("ethereum", "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED",
         "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
        ("monero", "44AFFq5kSiGBoZ", "44AFFq5kSiGBoZ"),
    ],
)  # fmt: skip
def test_addresses(chain: str, raw: str, expected: str) -> None:
    assert wallet_of(chain, raw) == expected
    assert CryptoWallet(chain=chain, address=raw).key == f"{chain}¦{expected}"


@pytest.mark.parametrize(
    ("chain", "raw"),
    [
        ("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"),
        ("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfN0"),
        ("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"),
        ("bitcoin", "bc1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"),
        ("bitcoin", "bc1qw5b8d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        ("bitcoin", "1"),
        ("dogecoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("ethereum", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"),
        ("ethereum", "0x5aAeb6"),
        ("monero", "x"),
        ("bitcoin", None),
        (None, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ],
)
def test_refused_addresses(chain: object, raw: object) -> None:
    with pytest.raises(Refused):
        wallet_of(chain, raw)


def test_an_address_tells_its_chain() -> None:
    assert chain_of("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa") == "bitcoin"
    assert chain_of("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4") == "bitcoin"
    assert chain_of("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed") == "ethereum"
    for text in ("d41d8cd98f00b204e9800998ecf8427e", "hello", "a" * 30):
        with pytest.raises(Refused):
            chain_of(text)


def test_bank_accounts() -> None:
    found = BankAccount(iban="GB82 WEST 1234 5698 7654 32")

    assert found.key == "GB82WEST12345698765432"
    with pytest.raises(Refused):
        BankAccount(iban="GB82 WEST 1234 5698 7654 33")
