"""What orchestrators and people ask about the service itself."""
