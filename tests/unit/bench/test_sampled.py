"""What perf's report says of each part of a server."""

import pytest
from bench.load import LoadError
from bench.sampled import shares

REPORT = """\
# Samples: 647  of event 'cpu-clock'
#
# Overhead  Shared Object
# ........  ........................................
    60.00%  libpython3.11.so.1.0
    20.00%  [kernel.kallsyms]
     8.00%  _granian.cpython-311-x86_64-linux-gnu.so
     5.00%  libc.so.6
     5.00%  ld-linux-x86-64.so.2
     2.00%  libcrypto.so.3
"""


def test_shares_are_by_part_and_the_largest_comes_first() -> None:
    assert list(shares(REPORT).items()) == [
        ("CPython", 0.6),
        ("kernel", 0.2),
        ("C library", 0.1),
        ("granian", 0.08),
        ("other", 0.02),
    ]


def test_shares_make_one_of_what_was_seen() -> None:
    assert shares("  30.00%  python3.11\n  10.00%  [vdso]\n") == {"CPython": 0.75, "other": 0.25}


def test_shares_of_nothing_are_an_error() -> None:
    with pytest.raises(LoadError, match="seen nothing"):
        shares("# Samples: 0\n")
