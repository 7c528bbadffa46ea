"""Who plays: players and the platform as Mesa agents, and how they learn."""

from .platform_strategies import PLATFORM_STRATEGIES, PlatformStrategy
from .player import Platform, Player

__all__ = ["PLATFORM_STRATEGIES", "Platform", "PlatformStrategy", "Player"]
