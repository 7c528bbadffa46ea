"""What it costs a player to leak: the privacy loss function c."""

import itertools
from abc import ABC, abstractmethod
from typing import Annotated

import numpy as np
from pydantic import Field

from ....arrays import FloatArray
from ....components import Component, Registry
from ....papers import PRIVACY


class PrivacyLoss(Component, ABC):
    """How much a player leaks at a privacy level: c(0) = 1 without protection, c(1) = 0 at full protection, falling between.

    The paper asks (Definition 2) for two derivatives as well; nothing here needs them.

    Examples
    --------
    >>> import numpy as np
    >>> class Stepped(PrivacyLoss):
    ...     def loss(self, levels):
    ...         return np.ceil(4 * (1 - levels)) / 4
    >>> Stepped().loss(np.array([0.0, 0.4, 1.0])).tolist()
    [1.0, 0.75, 0.0]
    """

    @abstractmethod
    def loss(self, levels: FloatArray) -> FloatArray:
        """Return c at privacy levels in [0, 1], of any shape; values lie in [0, 1]."""


PRIVACY_LOSSES: Registry[PrivacyLoss] = Registry("privacy loss", PrivacyLoss, "potluck.privacy_losses")

PrivacyLossSpec = Annotated[PrivacyLoss, PRIVACY_LOSSES.spec]


@PRIVACY_LOSSES.register
class LinearLoss(PrivacyLoss):
    """Loss falls evenly: c(p) = 1 - p.

    Examples
    --------
    >>> import numpy as np
    >>> LinearLoss().loss(np.array([0.0, 0.2, 1.0])).tolist()
    [1.0, 0.8, 0.0]
    """

    source = PRIVACY.at("eq. 4")

    def loss(self, levels: FloatArray) -> FloatArray:
        """Return 1 - p."""
        return 1 - levels


@PRIVACY_LOSSES.register
class PowerLoss(PrivacyLoss):
    """Loss is a power of what is left open: c(p) = (1 - p)^k.

    Where k > 1, c is level at p = 1, so the last bit of protection costs next to nothing and no weight on privacy makes a player
    leave for good (Lemma 2 fails).

    Parameters
    ----------
    exponent
        k > 0.

    Examples
    --------
    >>> import numpy as np
    >>> PowerLoss(2).loss(np.array([0.0, 0.5, 1.0])).tolist()
    [1.0, 0.25, 0.0]
    """

    source = PRIVACY.at("Definition 2; family original")

    exponent: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 2.0

    def loss(self, levels: FloatArray) -> FloatArray:
        """Return (1 - p)^k."""
        return (1 - levels) ** self.exponent


@PRIVACY_LOSSES.register
class TabulatedLoss(PrivacyLoss):
    """Loss as it was measured at some levels, linear between them.

    Parameters
    ----------
    levels
        Privacy levels, increasing from 0 to 1.
    losses
        c at these levels, from 1 to 0, never rising.

    Raises
    ------
    ValueError
        There are not as many losses as levels, or they do not run from 1 to 0.

    Examples
    --------
    >>> import numpy as np
    >>> TabulatedLoss(levels=(0, 0.2, 1), losses=(1, 0.4, 0)).loss(np.array([0.0, 0.1, 0.6])).round(3).tolist()
    [1.0, 0.7, 0.2]
    """

    source = "original"

    levels: tuple[Annotated[float, Field(ge=0, le=1)], ...] = (0.0, 1.0)
    losses: tuple[Annotated[float, Field(ge=0, le=1)], ...] = (1.0, 0.0)

    def model_post_init(self, context: object, /) -> None:
        """Check that losses fall from 1 to 0."""
        pairs = [*zip(self.levels, self.losses, strict=False)]
        ends = [list(pair) for pair in (pairs[:1] + pairs[-1:])]
        if len(self.levels) != len(self.losses) or ends != [[0, 1], [1, 0]]:
            raise ValueError(f"levels run from 0 to 1 and losses from 1 to 0, as many, not {self.levels} and {self.losses}")
        if not all(low[0] < high[0] and low[1] >= high[1] for low, high in itertools.pairwise(pairs)):
            raise ValueError(f"levels increase and losses never rise, not {self.levels} and {self.losses}")

    def loss(self, levels: FloatArray) -> FloatArray:
        """Return c between the levels that were measured."""
        return np.interp(levels, self.levels, self.losses)
