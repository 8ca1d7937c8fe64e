"""The Hummingbot API: its words, what each answer means, and the one client that speaks to it.

`protocol` is pure: it builds requests, and decodes replies or raises. `client` moves the bytes.
Neither knows a feature or the database.
"""
