"""The fair value of data under privacy constraints, and platforms that must pay fairly."""
