"""Strategic games: normal form, networks, markets, sharing, privacy."""
