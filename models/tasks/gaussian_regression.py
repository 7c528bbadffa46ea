"""What the tasks with information gain have in common: Bayesian regression on rows that parties hold."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...components import Seed
from ...data.held_rows import HELD, Holding, check_shares, shares_of_equal_rows
from ...training.information_gain.gain import subsets
from ...training.information_gain.gaussian_models import GaussianModel
from ...training.information_gain.realisation import Realisation
from ...training.information_gain.releases import averaged_noise
from ...training.information_gain.reward_model import Prediction, RewardModel
from .gains_of_coalitions import coalition_gains
from .regression_rows import Deal, Dealt, SplitName, checked, pooled
from .task import Task

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
MOST_TABULATED = 20


class GaussianRegression(Task):
    """Base of the tasks in which a coalition's data is worth its information gain, in nats, under a Gaussian model.

    v_C = I(θ; D_C) is by how much the data reduces what is not known of the model (incentive-aware model rewards, equation (1)).
    It depends on inputs and hyperparameters, never on targets. Hyperparameters are learned once, from what parties hold when the
    task is built, and stay when rows are changed.

    Parameters
    ----------
    dataset
        ``friedman`` (drawn anew for each ``seed``), ``diabetes``, ``california-housing`` (fetched) or a path to a CSV file.
    parties
        Number of parties, ≥ 1.
    rows
        Rows that parties hold together. Default: 50 a party of ``friedman``, else all that are neither public nor tests.
    tests
        Rows kept back for the test. Default: 200 of ``friedman``, else a fifth.
    split
        ``even``: at random, equal numbers. ``ranges``, for ``friedman`` only, and its default: the first party's rows span the
        first input, the others' equal parts of it. ``sorted``: blocks of random sizes after one step of a sort (Figure 4; see
        `sorted_blocks`).
    smallest
        Least share of the rows that a party gets where ``split`` is ``sorted``, in [0, 1 / parties].
    target, without
        Columns of a data set to predict and to leave out of the inputs.
    standardise
        Whether inputs and targets are standardised, by public rows if there are any, else by what parties hold. Noise variances,
        MNLP and rows are then in standardised units, of which one is `unit` of the target's own. Default: not for ``friedman``,
        where the targets' mean alone is taken out.
    noise
        Variance of the noise in the targets, > 0. Default: learned by type-II maximum likelihood.
    seed
        Seed of everything that is drawn.
    held
        Rows that parties hold instead of those dealt to them: see `with_holdings`.
    copies, levels
        As in `Task`; at level l in (0, 1] a party enters that share of its rows. k copies of a row are k measurements to the
        model, with noise σ² / k together.
    """

    dataset: str = "friedman"
    parties: Annotated[int, Field(ge=1, le=30)] = 3
    rows: Annotated[int, Field(ge=1, le=20_000)] | None = None
    tests: Annotated[int, Field(ge=1, le=100_000)] | None = None
    split: SplitName | None = None
    smallest: Annotated[float, Field(ge=0, le=1)] = 0.1
    target: str | None = None
    without: tuple[str, ...] = ()
    standardise: bool | None = None
    noise: Positive | None = None
    seed: Seed = 0
    held: tuple[Annotated[Holding, HELD], ...] | None = Field(default=None, kw_only=True)

    _dealt: Any = None
    _held: Any = None
    _learned: Any = None
    _gains: Any = None

    def model_post_init(self, context: object, /) -> None:
        """Deal the rows."""
        super().model_post_init(context)
        check_shares(self.levels)
        deal = Deal(
            self.dataset,
            self.parties,
            self.rows,
            self.tests,
            self._public_share(),
            self.split,
            self.smallest,
            self.target,
            self.without,
            self.dataset != "friedman" if self.standardise is None else self.standardise,
        )
        self._dealt = deal(np.random.default_rng(self.seed))
        self._held = self._rows.parties if self.held is None else self._fitting(self.held)

    def _public_share(self) -> float:
        return 0.0

    @abstractmethod
    def _learn(self, public: Holding, inputs: FloatArray, targets: FloatArray) -> GaussianModel:
        """Return the model, hyperparameters learned from the rows of all parties."""

    @property
    def model(self) -> GaussianModel:
        """The Bayesian model; the first use learns its hyperparameters."""
        if self._learned is None:
            self._learned = self._learn(self._rows.public, *pooled(self._rows.parties))
        model: GaussianModel = self._learned
        return model

    @property
    def _rows(self) -> Dealt:
        dealt: Dealt = self._dealt
        return dealt

    @property
    def n_parties(self) -> int:
        """Number of parties."""
        return len(self.holdings())

    @property
    def unit(self) -> float:
        """How many of the target's own units one unit of the rows' targets is; noise variances scale with its square."""
        return self._rows.unit

    @property
    def test_rows(self) -> Holding:
        """The rows that predictions are judged by, not held by any party."""
        return self._rows.tests

    def holdings(self) -> tuple[Holding, ...]:
        """Return each party's rows; a party that enters a share enters the first ones."""
        held: tuple[Holding, ...] = self._held
        return held

    def with_holdings(self, holdings: Sequence[Holding]) -> Self:
        """Return the same task for parties who hold these rows instead; scaling, test rows and hyperparameters stay.

        Raises
        ------
        ValueError
            There is no party, or the rows do not fit the task.

        Examples
        --------
        What is predicted does not matter to information gain: wrong targets are worth as much.

        >>> from potluck.models.tasks import GaussianProcessRegression
        >>> task = GaussianProcessRegression(rows=30, noise=1, signals=(5000,), lengthscales=(1, 1, 3, 15, 27, 400))
        >>> one, two, three = task.holdings()
        >>> garbled = task.with_holdings([one, Holding(two.inputs, two.targets[::-1]), three])
        >>> bool((garbled.alone == task.alone).all())
        True
        """
        held = self._fitting(holdings)
        learned = self.model
        other = self._changed(held=None if held == self._rows.parties else held)
        other._held, other._learned, other._gains = held, learned, None
        return other

    def _fitting(self, holdings: Sequence[Holding]) -> tuple[Holding, ...]:
        if not holdings:
            raise ValueError("holdings: at least one party must hold rows, not none")
        width = self._rows.parties[0].inputs.shape[1]
        return tuple(checked(rows, width, f"party {index}'s rows") for index, rows in enumerate(holdings, start=1))

    def value(self, profiles: IntArray) -> FloatArray:
        """Return information gains in nats, shape (batch,)."""
        if self._gains is None:
            self._gains = coalition_gains(self.model, self.holdings(), self.levels)
        return np.asarray(self._gains(self.level_of[profiles], self.entries[profiles]))

    def coalition_values(self) -> FloatArray:
        """Return the 2^n information gains when everybody present enters everything once, bit i of the index = party i.

        Raises
        ------
        ValueError
            There are more than 20 parties.
        """
        if self.n_parties > MOST_TABULATED:
            raise ValueError(f"{self.n_parties} parties form too many coalitions for a table: at most {MOST_TABULATED}")
        return self.worths(self.honest * subsets(self.n_parties).astype(np.int64))

    def similarity(self) -> FloatArray:
        """Return the share of equal rows between parties: common inputs over all inputs (Jaccard), shape (n, n)."""
        return shares_of_equal_rows(self.holdings())

    def realisation(self, party: int) -> Realisation:
        """Return what the reward model of a party, counted from 0, is worth at any noise on the others' targets.

        Raises
        ------
        ValueError
            There is no such party.
        """
        own, others = self._own_and_others(party)
        return self.model.realisation(own[0], others[0])

    def reward_model(self, party: int) -> RewardModel:
        """Return the reward model of a party, counted from 0, with its predictions at the test rows.

        Raises
        ------
        ValueError
            There is no such party.
        """
        own, others = self._own_and_others(party)
        return self.model.reward_model(own, others, self.test_rows.inputs)

    def prediction(self, coalition: Sequence[int]) -> Prediction:
        """Return the predictions at the test rows of the model of these parties' data, counted from 0.

        Raises
        ------
        ValueError
            There is no party, no such party, or one twice.
        """
        self._check(coalition)
        held = self.holdings()
        return self.model.posterior(pooled([held[party] for party in coalition]), self.test_rows.inputs)

    def pooled_gain(self, parties: Sequence[int], etas: Sequence[float], nested: bool = False) -> float:
        """Return what parties know who pool their own rows and their noisy copies of the others' targets after the reward.

        Parameters
        ----------
        parties
            Who colludes, counted from 0.
        etas
            The noise variance that each of them was given, in [0, inf].
        nested
            Whether their noise is nested (see `NestedNoise`) or independent; then two copies are better than one.

        Raises
        ------
        ValueError
            There is no party, no such party, or one twice; or there are not as many noise variances, or one is negative.
        """
        self._check(parties)
        if len(etas) != len(parties):
            raise ValueError(f"{len(parties)} parties need as many noise variances, not {len(etas)}")
        left = averaged_noise(etas, nested)
        own = [index in parties for index in range(self.n_parties)]
        used = [(rows.inputs, mine) for rows, mine in zip(self.holdings(), own, strict=True) if mine or np.isfinite(left)]
        noise = [np.full(len(inputs), self.model.noise + (0.0 if mine else left)) for inputs, mine in used]
        return self.model.gain(np.concatenate([inputs for inputs, _ in used]), np.concatenate(noise))

    def _check(self, parties: Sequence[int]) -> None:
        if not len(parties) or len(set(parties)) < len(parties):
            raise ValueError(f"parties {list(parties)}: name at least one of 0..{self.n_parties - 1}, each once")
        for party in parties:
            if party not in range(self.n_parties):
                raise ValueError(f"party {party} is not one of 0..{self.n_parties - 1}")

    def _own_and_others(self, party: int) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
        self._check([party])
        held = self.holdings()
        return pooled(held[party : party + 1]), pooled([*held[:party], *held[party + 1 :]], like=held)

    def __eq__(self, other: object) -> bool:
        same = super().__eq__(other)
        if same is not True or not isinstance(other, GaussianRegression):
            return same
        return (self.holdings(), self.test_rows) == (other.holdings(), other.test_rows)

    __hash__ = Task.__hash__
