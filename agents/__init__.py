"""Who plays: players and the platform as Mesa agents, and how they learn."""

from .player import Platform, Player

__all__ = ["Platform", "Player"]
