"""What was done, by whom, and which account's readers must look again."""
