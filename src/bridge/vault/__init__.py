"""Sealing of credentials: keys from a ring, secrets that are bound to their row."""
