"""Whose address counts: only what trusted proxies say of those before them."""

import pytest

from bridge.access.peers import parse_proxies, peer_of
from bridge.errors import ConfigurationError

_PROXIES = parse_proxies(["10.0.0.0/8", "fd00::/8", "192.0.2.7"])


@pytest.mark.parametrize(
    ("connected", "forwarded", "peer"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.1.2.3", [], "10.1.2.3"),
        ("10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["6.6.6.6, 198.51.100.1 ,192.0.2.7"], "198.51.100.1"),
        ("10.1.2.3", ["10.9.9.9"], "10.9.9.9"),
        ("::ffff:10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("fd00::1", ["2001:db8::5"], "2001:db8::5"),
        ("10.1.2.3", ["unknown"], "unknown"),
        ("10.1.2.3", [""], ""),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_only_what_trusted_proxies_append_counts(
    connected: str, forwarded: list[str], peer: str
) -> None:
    assert peer_of(connected, forwarded, _PROXIES) == peer


def test_without_proxies_nobody_is_believed() -> None:
    assert peer_of("10.1.2.3", ["198.51.100.1"], ()) == "10.1.2.3"


@pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy", "10.0.0.0/33", "*"])
def test_what_is_no_network_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^BRIDGE_TRUSTED_PROXIES cannot be read: "):
        parse_proxies([text])
