"""Entering data that is not true: labels, inputs, and the rows by which one judges."""

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from ..components import Seed
from ..models.tasks import Holding
from ..papers import MARKETS
from .accounts import Account
from .attack import ATTACKS, Attack
from .expressible import NotExpressible
from .replication import spread_of_inputs
from .scheme import Scheme


@ATTACKS.register
class GarbleLabels(Attack):
    """Enter one's rows with the labels of a share of them shuffled.

    Parameters
    ----------
    share
        Share of the rows whose labels are dealt anew among themselves, in (0, 1].
    seed
        Of the shuffle; every party draws its own.

    Examples
    --------
    >>> from potluck.models import Classification
    >>> task = Classification(dataset="wine", parties=2)
    >>> bool(GarbleLabels().on(task).market.alone[0] < task.alone[0])
    True
    """

    source = "original (label poisoning)"
    ranges: ClassVar = {"share": (0.25, 0.5, 1.0)}

    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: Seed = 0

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Shuffle the targets of the attacker's rows."""
        rng = np.random.default_rng([self.seed, attacker])

        def garbled(account: Account) -> Iterable[Account]:
            rows = scheme.rows_of(account, "there are no labels to garble")
            yield replace(account, rows=shuffled_targets(rows, self.share, rng))

        return scheme.changed(attacker, garbled)


@ATTACKS.register
class FlipLabels(Attack):
    """Enter one's rows with the labels of one class turned into another's.

    Parameters
    ----------
    of, to
        Which class is relabelled, and as which: places, 0..99, among the classes in order that some party holds.
    share
        Share of its rows that are relabelled, in (0, 1]; the first ones.

    Raises
    ------
    ValueError
        Both classes are the same.

    Examples
    --------
    >>> from potluck.models import Classification
    >>> task = Classification(dataset="wine", parties=2)
    >>> bool(FlipLabels().on(task).market.alone[0] < task.alone[0])
    True
    """

    source = "original (targeted label flipping; Biggio, Nelson & Laskov 2012 on label noise)"
    ranges: ClassVar = {"of": (0, 1, 2), "to": (0, 1, 2), "share": (0.5, 1.0)}

    of: Annotated[int, Field(ge=0, le=99)] = 0
    to: Annotated[int, Field(ge=0, le=99)] = 1
    share: Annotated[float, Field(gt=0, le=1)] = 1.0

    def model_post_init(self, context: object, /) -> None:
        """Check that something is turned into something else."""
        if self.of == self.to:
            raise ValueError(f"of = to = {self.of}: give two classes")

    def variants(self, coarse: bool = False) -> Iterator[Self]:
        """Iterate over every pair of different classes among the first three, and both shares, where these are free."""
        free = self.free_ranges()
        values = [free.get(name, (getattr(self, name),)) for name in ("of", "to", "share")]
        for of, to, share in itertools.product(*values):  # type: ignore[arg-type]
            if of != to:
                yield self.with_parameters(of=of, to=to, share=share)

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Relabel rows of one class."""
        held = scheme.task.holdings() or ()
        targets = np.concatenate([np.asarray(rows.targets) for rows in held]) if held else np.zeros(0)
        classes = np.unique(targets)

        def flipped(account: Account) -> Iterable[Account]:
            rows = scheme.rows_of(account, "there are no labels to flip")
            if np.issubdtype(classes.dtype, np.floating):
                raise NotExpressible("targets are numbers, not classes")
            if max(self.of, self.to) >= len(classes):
                raise NotExpressible(f"there are {len(classes)} classes, and none at place {max(self.of, self.to)}")
            labels = np.array(rows.targets)
            places = np.flatnonzero(labels == classes[self.of])
            labels[places[: math.ceil(round(self.share * len(places), 9))]] = classes[self.to]
            yield replace(account, rows=Holding(rows.inputs, labels))

        return scheme.changed(attacker, flipped)


@ATTACKS.register
class FabricateInputs(Attack):
    """Enter made-up rows beside one's own: inputs drawn at random, with labels taken from one's own rows.

    Parameters
    ----------
    amount
        How many rows are made up, in multiples of one's own, in (0, 10].
    spread
        Standard deviation of the inputs, in units of each input's own over all parties' rows, > 0; their mean is that of the
        attacker's rows.
    seed
        Of what is made up; every party draws its own.

    Examples
    --------
    >>> from potluck.models import Classification
    >>> task = Classification(dataset="wine", parties=2)
    >>> [len(account.rows) for account in FabricateInputs(0.5).on(task).accounts]
    [93, 62]
    """

    source = "original (data poisoning)"
    ranges: ClassVar = {"amount": (0.25, 1.0, 2.0), "spread": (1.0, 3.0)}

    amount: Annotated[float, Field(gt=0, le=10)] = 1.0
    spread: Annotated[float, Field(gt=0, lt=math.inf)] = 1.0
    seed: Seed = 0

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Add rows to the attacker's accounts."""
        rng = np.random.default_rng([self.seed, attacker])

        def padded(account: Account) -> Iterable[Account]:
            rows = scheme.rows_of(account, "there are no inputs to make up")
            if not len(rows):
                raise NotExpressible("who enters no rows has no labels to give to rows that are made up")
            fresh = math.ceil(round(self.amount * len(rows), 9))
            noise = rng.standard_normal((fresh, rows.inputs.shape[1]))
            made_up = rows.inputs.mean(axis=0) + self.spread * spread_of_inputs(scheme) * noise
            labels = np.asarray(rows.targets)[rng.integers(len(rows), size=fresh)]
            both = Holding(np.concatenate([rows.inputs, made_up]), np.concatenate([rows.targets, labels]))
            yield replace(account, rows=both)

        return scheme.changed(attacker, padded)


@ATTACKS.register
class MisreportValidation(Attack):
    """Report other rows to judge the joint model by than one's true ones.

    Parameters
    ----------
    report
        ``training``: the rows one enters, by which one's own model looks as good as can be, so that there seems to be nothing to
        gain. ``garbled``: one's true rows with shuffled labels, by which no model looks good.
    seed
        Of the shuffle; every party draws its own.

    Examples
    --------
    >>> from potluck.models import Classification
    >>> task = Classification(dataset="wine", parties=2, judge="own")
    >>> MisreportValidation().on(task).market.alone.round(3).tolist()[0]
    1.0
    """

    source = MARKETS.at("Section 3 (validation data is the party's own report)")
    ranges: ClassVar = {"report": ("training", "garbled")}

    report: Literal["training", "garbled"] = "training"
    seed: Seed = 0

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Change what the attacker's accounts judge by."""
        true = scheme.task.validation()
        if true is None:
            raise NotExpressible("no rows of a party's own judge the joint model")
        try:
            scheme.task.with_validation(attacker, true[attacker])
        except ValueError as error:
            raise NotExpressible(str(error)) from error
        rng = np.random.default_rng([self.seed, attacker])

        def misreported(account: Account) -> Iterable[Account]:
            entered = scheme.rows_of(account, "there are no rows to judge by")
            reported = entered if self.report == "training" else shuffled_targets(true[attacker], 1.0, rng)
            if not len(reported):
                raise NotExpressible("who enters no rows cannot judge by them")
            yield replace(account, validation=reported)

        return scheme.changed(attacker, misreported)


def shuffled_targets(rows: Holding, share: float, rng: np.random.Generator) -> Holding:
    """Return the rows with the targets of a share of them dealt anew among those."""
    chosen = rng.permutation(len(rows))[: math.ceil(round(share * len(rows), 9))]
    targets = np.array(rows.targets)
    targets[chosen] = targets[rng.permutation(chosen)]
    return Holding(rows.inputs, targets)
