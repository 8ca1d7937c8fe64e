"""How many sockets the benchmarks may open."""

import resource

from bench.handles import raise_limit


def test_raise_limit_gives_what_is_there_and_never_lowers_it() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    assert raise_limit(10) == 10
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
