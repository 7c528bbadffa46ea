"""The sharing game; the room is `potluck.models.games`."""

from .games.sharing import SharingGame, SharingUtility

__all__ = ["SharingGame", "SharingUtility"]
