"""What bots really do: our record and the latest look, merged; pure so far."""
