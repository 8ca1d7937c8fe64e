import ssl
from pathlib import Path

import pytest
from tests.certificates import write_certificate, write_revocations
from tests.contract.upstream import Upstream, answer

from bridge.errors import ConfigurationError
from bridge.hummingbot.client import Timeouts
from bridge.hummingbot.errors import UpstreamUnavailableError
from bridge.hummingbot.protocol.messages import Request
from bridge.settings import Settings, read_settings
from bridge.upstream import check_upstream, timeouts, tls_context, upstream_client

_PASSWORD = "canary-password-51"
_IDLE = b'{"status":"success","data":{}}'


def make_settings(**variables: str) -> Settings:
    given = {
        "HUMMINGBOT_API_URL": "https://hummingbot.example.net",
        "HUMMINGBOT_API_PASSWORD": _PASSWORD,
    }
    return read_settings(given | variables)


def test_no_path_means_the_authorities_of_the_system() -> None:
    assert tls_context(None) is None


def test_given_certificate_is_the_only_one_that_is_trusted(tmp_path: Path) -> None:
    context = tls_context(str(write_certificate(tmp_path / "ca.pem")))

    assert context is not None
    assert context.cert_store_stats()["x509"] == 1
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\n", b"\0\xff", b"text\n"])
def test_file_without_a_certificate_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"BRIDGE_HUMMINGBOT_CA=.*ca\.pem holds no"):
        tls_context(str(path))


def test_private_key_in_place_of_the_certificate_is_named(tmp_path: Path) -> None:
    path = write_certificate(tmp_path / "ca.pem")
    key, _, _ = path.read_text("ascii").partition("-----BEGIN CERTIFICATE")
    path.write_text(key, "ascii")

    with pytest.raises(ConfigurationError, match="BRIDGE_HUMMINGBOT_CA") as caught:
        tls_context(str(path))

    assert "PRIVATE" not in caught.value.detail


def test_revocations_in_place_of_the_certificate_are_named(tmp_path: Path) -> None:
    """They load without an error, and nothing would be trusted."""
    path = write_revocations(tmp_path / "ca.pem")

    with pytest.raises(ConfigurationError, match=r"BRIDGE_HUMMINGBOT_CA=.*ca\.pem holds no"):
        tls_context(str(path))


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"BRIDGE_HUMMINGBOT_CA=.*: No such file"):
        tls_context(str(tmp_path / "none.pem"))


def test_nothing_is_wrong_where_nothing_is_set() -> None:
    assert check_upstream(Settings()) == ()


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"HUMMINGBOT_API_URL": "hummingbot:8000"}, "HUMMINGBOT_API_URL is not written"),
        ({"HUMMINGBOT_API_URL": f"http://a:{_PASSWORD}@b"}, "HUMMINGBOT_API_URL holds a user"),
        ({"HUMMINGBOT_API_USERNAME": "a:b"}, "HUMMINGBOT_API_USERNAME holds a colon"),
        ({"HUMMINGBOT_API_PASSWORD": " "}, "HUMMINGBOT_API_PASSWORD is not"),
        ({"BRIDGE_HUMMINGBOT_CA": "/none/ca.pem"}, "BRIDGE_HUMMINGBOT_CA=/none/ca.pem cannot"),
        ({"BRIDGE_LIFECYCLE_SPEED": "50"}, "BRIDGE_LIFECYCLE_SPEED is for a simulated"),
    ],
)
def test_setting_that_cannot_be_used_is_named(variables: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        check_upstream(make_settings(**variables))

    assert _PASSWORD not in caught.value.detail


def test_times_may_be_short_against_a_simulator() -> None:
    simulated = {"BRIDGE_LIFECYCLE_SPEED": "50", "BRIDGE_HUMMINGBOT_SIMULATED": "yes"}

    assert check_upstream(make_settings(**simulated)) == ()


@pytest.mark.parametrize(
    "url",
    [
        *("http://hummingbot.example.net", "http://10.0.0.1:8000", "HTTP://hummingbot:8000/api"),
        *("http://[2001:db8::1]:8000", "http://127.0.0.1.example.net"),
    ],
)
def test_plain_http_beyond_this_machine_is_warned_about(url: str) -> None:
    (warning,) = check_upstream(make_settings(HUMMINGBOT_API_URL=url))

    assert warning.startswith("HUMMINGBOT_API_URL is plain http")
    assert warning.endswith(".")


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.1", "http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000/a"],
)
def test_tls_and_this_machine_are_not_warned_about(url: str) -> None:
    assert check_upstream(make_settings(HUMMINGBOT_API_URL=url)) == ()


def test_certificate_for_plain_http_is_said_to_be_of_no_use(tmp_path: Path) -> None:
    ca = str(write_certificate(tmp_path / "ca.pem"))

    (warning,) = check_upstream(
        make_settings(HUMMINGBOT_API_URL="http://127.0.0.1:8000", BRIDGE_HUMMINGBOT_CA=ca)
    )

    assert warning.startswith("BRIDGE_HUMMINGBOT_CA is not used")


def test_timeouts_are_the_client_s_own_at_real_speed() -> None:
    assert timeouts(1) == Timeouts()


def test_timeouts_shrink_with_the_speed_to_one_second() -> None:
    assert timeouts(6) == Timeouts(
        connect_seconds=1, read_seconds=10 / 6, effect_seconds=5, blocking_seconds=15
    )
    assert timeouts(1000) == Timeouts(
        connect_seconds=1, read_seconds=1, effect_seconds=1, blocking_seconds=1
    )


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"HUMMINGBOT_API_URL": ""}, "HUMMINGBOT_API_URL is not set"),
        ({"HUMMINGBOT_API_URL": "ftp://a"}, "HUMMINGBOT_API_URL is not written"),
        ({"HUMMINGBOT_API_PASSWORD": ""}, "HUMMINGBOT_API_PASSWORD is not"),
        ({"BRIDGE_HUMMINGBOT_CA": "/none/ca.pem"}, "BRIDGE_HUMMINGBOT_CA"),
    ],
)
async def test_no_client_comes_of_settings_that_cannot_be_used(
    variables: dict[str, str], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        async with upstream_client(make_settings(**variables)):
            pytest.fail("there is a client")


async def test_client_logs_in_over_tls_and_is_closed_with_the_block(tmp_path: Path) -> None:
    ca = write_certificate(tmp_path / "ca.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(ca)
    async with Upstream.listening(tls) as upstream:
        upstream.deeds = [answer(200, _IDLE)]
        settings = make_settings(
            HUMMINGBOT_API_URL=upstream.url,
            HUMMINGBOT_API_USERNAME="somebody",
            BRIDGE_HUMMINGBOT_CA=str(ca),
        )
        async with upstream_client(settings) as client:
            assert await client.status() == {}
        with pytest.raises(UpstreamUnavailableError, match="shut down"):
            await client.status()

    # base64 of somebody:canary-password-51
    expected = "Basic c29tZWJvZHk6Y2FuYXJ5LXBhc3N3b3JkLTUx"
    assert [each.headers["authorization"] for each in upstream.received] == [expected]


async def test_client_asks_before_it_sends_what_has_an_effect() -> None:
    asked: list[str] = []

    def refuse(request: Request) -> None:
        asked.append(request.call)
        raise UpstreamUnavailableError("Somebody else leads.")

    async with Upstream.listening() as upstream:
        upstream.deeds = [answer(200, _IDLE)]
        settings = make_settings(HUMMINGBOT_API_URL=upstream.url)
        async with upstream_client(settings, refuse) as client:
            await client.status()
            with pytest.raises(UpstreamUnavailableError, match="leads"):
                await client.stop_bot("hummingbot-one")

    assert asked == ["stop_bot"]
    assert upstream.calls == ["GET /bot-orchestration/status"]
