import base64

import pytest

from bridge.errors import ConfigurationError
from bridge.hummingbot.address import basic_authorization, checked_url
from bridge.vault.secret import Secret


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://hummingbot:8000", "http://hummingbot:8000"),
        ("https://host/", "https://host"),
        ("https://host/api/v1/", "https://host/api/v1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_base_url_keeps_its_path(url: str, base: str) -> None:
    assert checked_url(url) == base


@pytest.mark.parametrize(
    "url",
    [
        *("", "host:8000", "ftp://host", "http://", "http://host:0", "http://host:99999"),
        *("http://host:x", "http://[::1", "http://host?a=b", "http://host#a", "unix:///x"),
    ],
)
def test_no_base_url_is_refused_in_words_that_name_the_variable(url: str) -> None:
    with pytest.raises(ConfigurationError, match="HUMMINGBOT_API_URL is not written"):
        checked_url(url)


@pytest.mark.parametrize(
    "url", ["http://user:canary@host", "http://canary@host", "http://:canary@host"]
)
def test_password_in_the_base_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError, match="HUMMINGBOT_API_PASSWORD") as caught:
        checked_url(url)

    assert "canary" not in caught.value.detail


@pytest.mark.parametrize("password", ["", "a:b", "pässwörd", "日本", "bytes\udcff"], ids=ascii)
def test_password_of_any_kind_goes_into_the_header(password: str) -> None:
    scheme, _, sent = basic_authorization("admin", Secret(password)).partition(" ")

    assert scheme == "Basic"
    assert base64.b64decode(sent) == b"admin:" + password.encode("utf-8", "surrogateescape")


def test_user_name_with_a_colon_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="HUMMINGBOT_API_USERNAME"):
        basic_authorization("a:b", Secret("c"))
