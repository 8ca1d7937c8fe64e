"""Live reads: polls and streams answered from memory, current to the last commit."""
