"""potluck."""
