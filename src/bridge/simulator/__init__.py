"""A stand-in Hummingbot API server for development and tests; it imports nothing of the bridge.

It reproduces what was recorded from hummingbot-api commit ee7ce5cf7d81 (says version 1.0.1) with
bots of hummingbot 20260616: answers, timings, lies. Where a module speaks of "the upstream" it
means that server. Nothing here calls a real exchange, Docker or broker.
"""
