"""One request and one decoder for each call, by subject; no module here does I/O.

A decoder raises nothing but `UpstreamError` and its kin, whatever the bytes are. What stands in
square brackets names a recorded exchange, in ``tests/contract/recorded``.
"""
