"""How honest parties answer an attack."""

from collections.abc import Sequence
from dataclasses import replace

from ..arguments import validated
from ..mechanisms import Mechanism
from ..models.games.preferences import Preferences
from .attack import Attack
from .expressible import NotExpressible
from .payoffs import Settled, settle
from .scheme import Scheme
from .withholding import StayOut

ROUNDS = 20


@validated
def respond(
    scheme: Scheme, mechanism: Mechanism, preferences: Preferences | None = None, options: Sequence[Attack] = (StayOut(),)
) -> tuple[Settled, tuple[int, ...]]:
    """Let the parties who do not attack respond, one after another by best replies, until nobody changes or 20 rounds are over.

    Parameters
    ----------
    scheme
        The attack.
    mechanism, preferences
        The market.
    options
        What an honest party may do beside entering everything: stay out, or hold back a share (``Withhold(0.5)``). Options that
        the task cannot express are left out.

    Returns
    -------
    The market then, and who stays out.

    Examples
    --------
    Where everybody pays for all identities, copies drive the other party out.

    >>> from potluck.mechanisms import Mechanism, Settlement
    >>> from potluck.models import CoalitionValues
    >>> from potluck.attacks import Replicate
    >>> class Crowding(Mechanism):
    ...     def settle(self, market):
    ...         return Settlement(market.joint_model(), 0.1 * market.present * market.entries.sum())
    >>> task = CoalitionValues([0, 0.7, 0.7, 1])
    >>> [respond(Replicate(copies).on(task), Crowding())[1] for copies in (1, 2)]
    [(), (1,)]
    """
    others = [party for party in range(scheme.task.n_parties) if party not in scheme.coalition]
    choice: dict[int, Attack | None] = dict.fromkeys(others)
    current = settle(scheme, mechanism, preferences)
    for _ in range(ROUNDS):
        moved = False
        for party in others:
            for option in (None, *options):
                if option == choice[party]:
                    continue
                tried = _with_choices(scheme, choice | {party: option}, mechanism, preferences)
                if tried is not None and tried.payoffs[party] > current.payoffs[party] + current.round_off:
                    choice[party], current, moved = option, tried, True
        if not moved:
            break
    entered = current.scheme
    absent = {party for party in others if not any(a.entries for a in entered.accounts if a.owner == party)}
    return current, tuple(sorted(absent))


def _with_choices(
    scheme: Scheme, choice: dict[int, Attack | None], mechanism: Mechanism, preferences: Preferences | None
) -> Settled | None:
    changed = scheme
    try:
        for party, option in choice.items():
            if option is not None:
                changed = replace(option.mount(changed, party), coalition=scheme.coalition)
        return settle(changed, mechanism, preferences)
    except NotExpressible:
        return None
