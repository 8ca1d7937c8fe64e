"""A PostgreSQL of our own for ``bridge dev`` and the tests; production brings its own server."""
