"""Blockchain addresses by which a client's browser finds its account. Part of a client."""
