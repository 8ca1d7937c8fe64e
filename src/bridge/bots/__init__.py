"""Bot definitions: what a client wants traded, as stored."""
