"""The collaborative learning game: benefit against privacy loss."""
