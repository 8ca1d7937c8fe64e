"""Where a request comes from, also when it comes through proxies. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from bridge.errors import ConfigurationError

Network: TypeAlias = IPv4Network | IPv6Network


def parse_proxies(texts: Sequence[str]) -> tuple[Network, ...]:
    """Read BRIDGE_TRUSTED_PROXIES: addresses, or networks such as ``10.0.0.0/8``.

    Raises:
        ConfigurationError: One is neither.
    """
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as exc:
        raise ConfigurationError(
            f"BRIDGE_TRUSTED_PROXIES cannot be read: {exc}; write addresses or networks such as"
            " 10.0.0.0/8, separated by commas."
        ) from None


def peer_of(connected: str, forwarded_for: Sequence[str], proxies: Sequence[Network]) -> str:
    """Return the nearest address that is not a trusted proxy's.

    Args:
        connected: The other end of the connection; empty when there is none.
        forwarded_for: Each ``X-Forwarded-For`` of the request: anybody can write them, so only what
            a trusted proxy appended counts.
        proxies: Whom to believe.
    """
    hops = [hop.strip() for line in forwarded_for for hop in line.split(",")]
    peer = connected
    while hops and _is_in(peer, proxies):
        peer = hops.pop()
    return peer


def _is_in(text: str, networks: Sequence[Network]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in network for network in networks)
