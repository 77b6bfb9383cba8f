"""The money family: accounts at banks and addresses of crypto currencies."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from graph.model.base import Entity, Standard, prop
from graph.model.values.identifier import IBAN
from graph.model.values.text import Key, Line
from graph.model.values.wallet import CHAIN, chain_of, wallet_of


class BankAccount(Entity):
    """An account at a bank, known by its IBAN."""

    plural: ClassVar[str] = "bankAccounts"
    standard: ClassVar[Standard] = Standard(ftm="BankAccount")
    seed_form: ClassVar[str] = r"[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?"
    seed_hint: ClassVar[str] = "an IBAN"

    iban: Annotated[str, IBAN] = prop(
        "The International Bank Account Number, without white space.",
        key=True,
        searched=True,
        example="GB82WEST12345698765432",
    )
    bank_name: Line | None = prop("The bank.", example="Example Bank")
    bic: Line | None = prop("The bank's BIC.", example="DEUTDEFF")


class CryptoWallet(Entity):
    """An address that holds money of a crypto currency."""

    plural: ClassVar[str] = "cryptoWallets"
    standard: ClassVar[Standard] = Standard(ftm="CryptoWallet")
    seed_form: ClassVar[str] = r"0x[0-9a-f]{40}|bc1[0-9a-z]{10,87}|[1-9a-z]{26,35}"
    seed_hint: ClassVar[str] = "a wallet's address"

    chain: Annotated[str, CHAIN] = prop(
        "The currency's chain.", key=True, indexed=True, example="bitcoin"
    )
    address: Key = prop(
        "The address in the chain's canonical form.",
        key=True,
        searched=True,
        example="1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
    )
    currency: Line | None = prop("The currency seen there.", example="BTC")

    @classmethod
    def from_seed(cls, text: str) -> Entity:
        """The wallet on the chain that the address is of by its form and check."""
        return cls(chain=chain_of(text), address=text)

    @classmethod
    def prepared(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The address in its chain's form."""
        return {**data, "address": wallet_of(data.get("chain"), data.get("address"))}

    def caption(self) -> str:
        """The address and the chain."""
        return f"{self.address} ({self.chain})"
