"""The message that a wallet signs to log in, as EIP-4361 has it. Pure.

https://eips.ethereum.org/EIPS/eip-4361; the same text with another name of the chain for Solana, as
its wallets know it (https://github.com/phantom/sign-in-with-solana). A wallet shows it, and warns
when the domain is not that of the page that asks.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bridge.wallets.addresses import Chain, checksummed

LIFETIME: Final = timedelta(minutes=5)
_STATEMENT: Final = "Log in to Trading Bridge. This is no transaction and costs nothing."
_BLOCKCHAIN: Final[dict[Chain, str]] = {"evm": "Ethereum", "solana": "Solana"}
_CHAIN_ID: Final[dict[Chain, str]] = {"evm": "1", "solana": "mainnet"}


@dataclass(frozen=True, slots=True)
class Challenge:
    """What makes one message.

    Attributes:
        address: As it is stored.
        origin: Of the page, such as ``https://app.example.org``.
        nonce: At least eight letters and digits.
        issued_at: UTC.
    """

    chain: Chain
    address: str
    origin: str
    nonce: str
    issued_at: datetime

    @property
    def expires_at(self) -> datetime:
        """When the message is too old."""
        return self.issued_at + LIFETIME

    def text(self) -> str:
        """Return the message."""
        domain, blockchain = self.origin.partition("://")[2], _BLOCKCHAIN[self.chain]
        address = checksummed(self.address) if self.chain == "evm" else self.address
        return "\n".join(
            [
                f"{domain} wants you to sign in with your {blockchain} account:",
                address,
                "",
                _STATEMENT,
                "",
                f"URI: {self.origin}",
                "Version: 1",
                f"Chain ID: {_CHAIN_ID[self.chain]}",
                f"Nonce: {self.nonce}",
                f"Issued At: {_moment(self.issued_at)}",
                f"Expiration Time: {_moment(self.expires_at)}",
            ]
        )


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
