"""Exchanges on which clients trade, with sealed credentials. Part of a client."""
