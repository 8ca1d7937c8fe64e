"""Clients and the accounts under which their bots run."""
