"""Requests that say that they are the same one: done once, answered with the same bytes."""
