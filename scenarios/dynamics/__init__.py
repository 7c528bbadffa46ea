"""Learning dynamics: who learns what in which game, and how far it gets."""
