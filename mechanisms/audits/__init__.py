"""What a market rule promises, and whether it keeps it."""
