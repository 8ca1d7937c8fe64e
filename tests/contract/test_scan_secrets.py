"""The scan of `make check` finds what it is for; what is planted is put together here."""

from pathlib import Path

import pytest
from tests.contract.scan_secrets import scan

_TOKEN = "ghp_" + "0123456789abcdefABCDEF" + "0123456789abcd"


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (f"token = {_TOKEN}", 1),
        ("-----BEGIN RSA " + "PRIVATE KEY-----", 1),
        ("aws = AKIA" + "Z7Q4W2E9R6T3Y8U1", 1),
        ("url = postgresql://bridge:" + "Zq8Wx17731@db.internal/bridge", 1),
        ("BRIDGE_ADMIN_KEY" + " = 'no word of ours'", 0),
        ("url = postgresql://bridge:password@db.internal/bridge", 0),
    ],
)
def test_planted_secret_is_found_and_not_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], planted: str, found: int
) -> None:
    file = tmp_path / "settings.txt"
    file.write_text(f"{planted}\n", encoding="utf-8")

    assert scan([str(file)]) == found

    assert _TOKEN not in "".join(capfd.readouterr())
