"""Who may call: origins, hosts and keys, checked before any controller runs."""
