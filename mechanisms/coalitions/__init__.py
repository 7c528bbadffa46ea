"""Coalitional games: what every set of identities is worth."""

from .closure import monotone_closure
from .games import ClassGame, CoalitionalGame, OnDemandGame

__all__ = ["ClassGame", "CoalitionalGame", "OnDemandGame", "monotone_closure"]
