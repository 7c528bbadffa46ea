"""Attacks on a market: what a party may enter other than its own data, once."""
