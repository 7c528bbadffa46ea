import math

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from potluck.data.splits import BySite, BySize, Even, LabelSkew
from potluck.models import Classification, CoalitionValues, QualityCurve
from potluck.models.tasks import Regression, Task, supervised

CURVES = ["sigmoid", "exponential", "hyperbolic", "square-root", "linear"]

amounts = st.floats(0, 20, allow_subnormal=False)


def refusal(build):
    with pytest.raises(ValueError) as caught:
        build()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- actions ------------------------------------------------------------------------------------------------------------------


def test_actions_are_levels_with_copies():
    task = QualityCurve(copies=2, levels=(0.5, 1))
    assert task.entries.tolist() == [0, 1, 2, 3, 1, 2, 3]
    assert task.level_of.tolist() == [0, 0.5, 0.5, 0.5, 1, 1, 1]
    assert [str(one) for one in task.contributions[:4]] == [
        "stay out",
        "enter 0.5",
        "enter 0.5 + 1 copy",
        "enter 0.5 + 2 copies",
    ]
    assert task.honest == 4


def test_a_linear_curve_knows_its_structure_also_of_copies():
    task = QualityCurve(sizes=(1, 2, 4), curve="linear", copies=2, levels=(0.5, 1), scale=3)
    for profile in ([1, 4, 0], [3, 5, 6]):
        actions = np.array(profile)
        (structure,) = task.structures(actions)
        counts = np.indices(task.entries[actions] + 1).reshape(3, -1).T
        profiles = np.array([[task.portion(a, k) for a, k in zip(actions, count, strict=True)] for count in counts.tolist()])
        np.testing.assert_allclose(structure.worths(counts), task.worths(profiles), atol=1e-12)


@given(st.integers(0, 4), st.integers(1, 4))
def test_portion_keeps_the_level(copies, levels):
    task = QualityCurve(copies=copies, levels=tuple((1 + level) / levels for level in range(levels)))
    for action in range(1, len(task.contributions)):
        assert task.portion(action, 0) == 0
        for entries in range(1, task.entries[action] + 1):
            part = task.contributions[task.portion(action, entries)]
            assert (part.level, part.entries) == (task.level_of[action], entries)
    assert task.contributions[task.honest] == task.contributions[-1 - copies]


@pytest.mark.parametrize(
    "profiles",
    [
        [1, 1],
        [[1, 1, 1, 1]],
        [[1, 1, 9]],
        [[1, -1, 1]],
        pytest.param(
            [[0.7, 1, 1]],
        ),
    ],
)
def test_bad_profiles_are_refused(profiles):
    refusal(lambda: QualityCurve().worths(profiles))


class Odd(Task):
    """Returns what it is told to."""

    answer: tuple[float, ...] = (0.0,)

    @property
    def n_parties(self):
        return 2

    def value(self, profiles):
        return np.array(self.answer)


@pytest.mark.parametrize("answer", [(0.0, 1.0, 2.0), (np.nan,), (np.inf,)])
def test_bad_answers_are_refused(answer):
    assert "Odd" in refusal(lambda: Odd(answer=answer).worths([[1, 1]]))


# --- quality curves -----------------------------------------------------------------------------------------------------------


@given(st.lists(amounts, min_size=1, max_size=4), st.sampled_from(CURVES), st.floats(0.1, 10))
def test_curves_start_at_zero_and_increase(sizes, curve, scale):
    task = QualityCurve(sizes=sizes, curve=curve, scale=scale, levels=(0.25, 0.5, 1))
    chain = [[action] * len(sizes) for action in range(4)]
    values = task.worths(chain)
    assert values[0] == 0
    assert (np.diff(values) >= 0).all()
    if curve in {"sigmoid", "exponential", "hyperbolic"}:
        assert values[-1] <= 1


@given(amounts, st.floats(0.1, 10))
def test_curves_by_their_formulas(amount, scale):
    x = amount / scale
    formulas = {
        "sigmoid": (1 - math.exp(-x)) / (1 + math.exp(-x)),
        "exponential": 1 - math.exp(-x),
        "hyperbolic": x / (1 + x),
        "square-root": math.sqrt(x),
        "linear": x,
    }
    assert sorted(formulas) == sorted(CURVES)
    for curve, expected in formulas.items():
        assert QualityCurve(sizes=(amount,), curve=curve, scale=scale).alone[0] == pytest.approx(expected, abs=1e-12)


@given(st.lists(amounts, min_size=1, max_size=5), st.sampled_from(CURVES), st.data())
def test_copies_add_nothing(sizes, curve, data):
    task = QualityCurve(sizes=sizes, curve=curve, copies=3, levels=(0.5, 1))
    profile = np.array([data.draw(st.integers(0, 8)) for _ in sizes])
    once = np.where(profile > 0, profile - task.entries[profile] + 1, 0)
    assert task.worths([profile]).tolist() == task.worths([once]).tolist()


@given(st.lists(st.sampled_from([1.0, 2.5, 3.1]), min_size=2, max_size=5), st.sampled_from(CURVES), st.data())
def test_parties_of_one_label_may_be_swapped(sizes, curve, data):
    task = QualityCurve(sizes=sizes, curve=curve, levels=(0.3, 1))
    labels = task.interchangeable()
    assert ((labels[:, None] == labels) == (np.array(sizes)[:, None] == sizes)).all()
    profile = np.array([data.draw(st.integers(0, 2)) for _ in sizes])
    swapped = profile.copy()
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        swapped[members] = profile[data.draw(st.permutations(members.tolist()))]
    assert task.worths([profile]).tolist() == task.worths([swapped]).tolist()


@given(st.lists(amounts, min_size=2, max_size=4), st.data())
def test_pooling_adds_amounts(sizes, data):
    profile = [data.draw(st.integers(0, 2)) for _ in sizes]
    pooled = sum((0, 0.5, 1)[action] * size for action, size in zip(profile, sizes, strict=True))
    task = QualityCurve(sizes=sizes, curve="linear", levels=(0.5, 1))
    assert task.worths([profile])[0] == pytest.approx(pooled)


@pytest.mark.parametrize(
    "options",
    [
        {"sizes": ()},
        {"sizes": (-1.0,)},
        {"sizes": (math.inf,)},
        {"sizes": (math.nan,)},
        {"curve": "steep"},
        {"scale": 0},
        {"copies": -1},
        {"copies": 17},
        {"copies": 1.5},
        {"levels": ()},
        {"levels": (0.5, 0.5)},
        {"levels": (1, 0.5)},
        {"levels": (0.5, 1.5)},
        {"levels": (-0.5, 1)},
        {"size": (1.0,)},
        {"levels": (math.nan,)},
    ],
    ids=str,
)
def test_bad_curves_are_refused(options):
    assert refusal(lambda: QualityCurve(**options)).startswith("QualityCurve: ") or options["levels"]


# --- coalition values ---------------------------------------------------------------------------------------------------------


def test_coalition_values_are_looked_up():
    task = CoalitionValues(values=[0, 1, 2, 3, 4, 5, 6, 7], copies=1)
    for mask in range(8):
        for entered in (1, 2):
            profile = [entered * (mask >> party & 1) for party in range(3)]
            assert task.worths([profile]).tolist() == [mask]
    assert task.alone.tolist() == [1, 2, 4]


def test_coalition_values_of_own_judges():
    task = CoalitionValues(values=[[0, 1, 2, 3], [0, 10, 20, 30]])
    assert task.worths([[1, 0], [0, 1], [1, 1]]).tolist() == [[1, 10], [2, 20], [3, 30]]
    assert task.alone.tolist() == [1, 20]


@pytest.mark.parametrize(
    "options",
    [
        {"values": ()},
        {"values": (0.0,)},
        {"values": (0, 1, 2)},
        {"values": (1, 1, 2, 3)},
        {"values": (0, 1, math.nan, 3)},
        {"values": (0, 1, math.inf, 3)},
        {"values": ((0, 1, 2, 3),)},
        {"values": ((0, 1, 2, 3), (0, 1))},
        {"values": ((0, 1, 2, 3), (0.5, 1, 2, 3))},
        {"values": "many"},
        {"levels": (0.5, 1)},
    ],
    ids=str,
)
def test_bad_coalition_values_are_refused(options):
    refusal(lambda: CoalitionValues(**options))


# --- classification -----------------------------------------------------------------------------------------------------------


def trained_on(task, classifier, shares, times):
    """Accuracy of a classifier trained anew on the rows that parties enter."""
    entered = [
        row
        for own, share, often in zip(task.holdings(), shares, times, strict=True)
        for _ in range(often)
        for row in list(zip(own.inputs, own.targets, strict=True))[: math.ceil(share * len(own))]
    ]
    inputs, labels = zip(*entered, strict=True)
    test = task.validation()[0]
    return np.mean(classifier.fit(inputs, labels).predict(test.inputs) == test.targets)


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ("1-nn", KNeighborsClassifier(n_neighbors=1)),
        ("logistic", LogisticRegression(max_iter=1000)),
        ("naive-bayes", GaussianNB()),
        ("sklearn.neighbors:KNeighborsClassifier(n_neighbors=3)", KNeighborsClassifier(n_neighbors=3)),
        (DecisionTreeClassifier(random_state=3), DecisionTreeClassifier(random_state=3)),
    ],
    ids=["1-nn", "logistic", "naive-bayes", "import path", "instance"],
)
def test_worth_is_the_accuracy_of_the_model(given, same):
    task = Classification(dataset="wine", parties=3, classifier=given, copies=1, levels=(0.5, 1), seed=5)
    # actions: 0 out, 1 half, 2 half twice, 3 all, 4 all twice
    shares, times = [0, 0.5, 0.5, 1, 1], [0, 1, 2, 1, 2]
    for profile in ([3, 0, 0], [0, 3, 3], [3, 3, 3], [4, 1, 0], [2, 0, 4]):
        expected = trained_on(task, same, [shares[action] for action in profile], [times[action] for action in profile])
        assert task.worths([profile])[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("judge", ["common", "own"])
def test_rows_are_dealt_once_and_test_rows_kept_apart(tmp_path, judge):
    (tmp_path / "rows.csv").write_text("x,label\n" + "".join(f"{index},{index % 2}\n" for index in range(178)))
    task = Classification(dataset=str(tmp_path / "rows.csv"), parties=3, test_share=0.25, judge=judge, numeric=["x"])
    tests = task.validation()[:1] if judge == "common" else task.validation()
    rows = [*task.holdings(), *tests]
    places = np.argsort(np.argsort(np.concatenate([part.inputs[:, 0] for part in rows])))
    assert (np.concatenate([part.targets for part in rows]) == places % 2).all()
    assert len(np.unique(places)) == 178
    assert sum(len(part) for part in tests) == math.ceil(0.25 * 178)
    assert task.sizes.tolist() == [45, 44, 44]


def test_features_are_scaled_by_the_rows_that_parties_hold():
    held = np.concatenate([part.inputs for part in Classification(dataset="wine", parties=3).holdings()])
    assert held.mean(axis=0) == pytest.approx(np.zeros(13), abs=1e-12)
    assert held.std(axis=0) == pytest.approx(np.ones(13), abs=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {"regressor": "ridge", "parties": 12},
        {"regressor": "ridge(alpha=0.1)", "parties": 3, "judge": "own", "copies": 2, "levels": (0.3, 1.0), "score": "mse"},
        {"regressor": "linear", "parties": 5, "copies": 1, "score": "mae"},
        {"regressor": "linear", "parties": 60, "baseline": "nothing"},
    ],
    ids=["ridge", "own judges", "copies", "slopes that rows do not settle"],
)
def test_linear_models_are_worth_what_trained_ones_are(options):
    task, trained = (Regression(dataset="diabetes", **options) for _ in range(2))
    profiles = np.random.default_rng(0).integers(0, len(task.contributions), (40, task.n_parties))
    profiles[:3] = 0
    profiles[1, 0] = profiles[2, :] = task.honest
    np.testing.assert_allclose(task.worths(profiles), supervised.SupervisedTask.value(trained, profiles), rtol=1e-8, atol=1e-10)


def test_nearest_neighbour_ignores_copies():
    task = Classification(dataset="wine", parties=3, copies=3)
    assert task.ignores_copies
    assert len(set(task.worths([[1, 1, 0], [4, 1, 0], [2, 3, 0]]).tolist())) == 1
    three = Classification(dataset="wine", parties=3, classifier="1-nn(n_neighbors=3)", copies=3)
    assert not three.ignores_copies
    assert len(set(three.worths([[1, 0, 1], [4, 0, 1], [1, 0, 4]]).tolist())) > 1


class Counting(ClassifierMixin, BaseEstimator):
    """Predicts the first class, and remembers on how many rows it was trained."""

    trained: list[int] = []

    def fit(self, x, y):
        self.trained.append(len(y))
        self.classes_ = np.unique(y)
        return self

    def predict(self, x):
        return np.full(len(x), self.classes_[0])


@pytest.fixture
def trained():
    Counting.trained.clear()
    return Counting.trained


def test_every_coalition_is_trained_once(trained):
    task = Classification(dataset="wine", parties=3, classifier=Counting(), copies=1)
    first = task.worths([[1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0]])
    assert len(trained) == 2
    again = task.worths([[1, 0, 0], [1, 1, 0]])
    assert len(trained) == 2
    assert again.tolist() == first[[1, 0]].tolist()
    task.worths([[2, 1, 0]])
    assert len(trained) == 3
    assert trained == [task.sizes[:2].sum(), task.sizes[0], 2 * task.sizes[0] + task.sizes[1]]


def test_levels_are_shares_of_rows_and_nested(trained):
    task = Classification(dataset="wine", parties=2, classifier=Counting(), levels=(0.25, 0.5, 1))
    task.worths([[1, 0], [2, 0], [3, 0]])
    assert trained == [math.ceil(share * task.sizes[0]) for share in (0.25, 0.5, 1)]


def test_shares_of_round_numbers_are_exact(trained, tmp_path):
    rows = "\n".join(f"{index},{index % 2}" for index in range(250))
    (tmp_path / "rows.csv").write_text("x,label\n" + rows + "\n")
    options = {"dataset": str(tmp_path / "rows.csv"), "parties": 2, "test_share": 0.2, "classifier": Counting(), "numeric": ["x"]}
    task = Classification(**options, levels=(0.07, 0.55))
    assert task.sizes.tolist() == [100, 100]
    task.worths([[1, 0], [2, 0]])
    assert trained == [7, 55]


def test_own_judges_see_their_own_test_rows():
    task = Classification(dataset="wine", parties=3, judge="own", seed=2)
    judged = task.worths([[1, 1, 1], [1, 0, 0], [0, 0, 0]])
    assert judged.shape == (3, 3)
    assert judged[2].tolist() == [0, 0, 0]
    counts = np.array([len(rows) for rows in task.validation()])
    one = Classification(dataset="wine", parties=3, seed=2)
    assert counts.sum() == len(one.validation()[0])
    common = one.worths([[1, 1, 1], [1, 0, 0]])
    assert (judged[:2] * counts).sum(axis=1) / counts.sum() == pytest.approx(common)
    assert task.alone == pytest.approx([task.worths(np.eye(3, dtype=int)[[party]])[0, party] for party in range(3)])


@pytest.mark.parametrize("judge", ["common", "own"])
def test_worker_processes_give_the_same_values(monkeypatch, judge):
    options = {"dataset": "wine", "parties": 3, "judge": judge, "classifier": "naive-bayes"}
    profiles = [[one, other, third] for one in (0, 1) for other in (0, 1) for third in (0, 1)]
    serial = Classification(**options).worths(profiles)
    calls = []
    parallel = joblib.Parallel
    monkeypatch.setattr(supervised, "SECONDS_WORTH_A_POOL", 0.0)
    monkeypatch.setattr(joblib, "Parallel", lambda **given: calls.append(given) or parallel(**given))
    assert Classification(**options).worths(profiles).tolist() == serial.tolist()
    assert len(calls) == 1


def test_one_class_is_predicted_where_only_one_is_known(tmp_path):
    rows = [("a", index) for index in range(10)] + [("b", 100 + index) for index in range(10)]
    path = tmp_path / "two.csv"
    path.write_text("site,x,label\n" + "".join(f"{site},{x},{site}\n" for site, x in rows))
    task = Classification(dataset=str(path), site="site", split=BySite(), label="label", classifier="logistic", numeric=["x"])
    share = np.array([np.mean(task.validation()[0].targets == label) for label in (0, 1)])
    assert task.alone == pytest.approx(share)
    assert task.worths([[1, 1]])[0] == 1


@pytest.mark.parametrize("classifier", ["tree", "1-nn"])
def test_same_seed_same_task(classifier):
    options = {"dataset": "wine", "parties": 4, "classifier": classifier, "split": LabelSkew(0.3)}
    profiles = [[1, 1, 0, 0], [0, 1, 1, 1], [1, 1, 1, 1]]
    one, other = (Classification(**options, seed=seed) for seed in (3, np.int64(3)))
    assert one != Classification(**options, seed=4)
    for mine, theirs in zip((*one.holdings(), one.validation()[0]), (*other.holdings(), other.validation()[0]), strict=True):
        assert (mine.inputs == theirs.inputs).all()
        assert (mine.targets == theirs.targets).all()
    assert one.worths(profiles).tolist() == other.worths(profiles).tolist()


def test_similarity_is_the_share_of_common_rows(tmp_path):
    path = tmp_path / "twins.csv"
    sites = {"a": [1, 2, 3, 4] * 10, "b": [3, 4, 5, 6] * 10, "c": [10, 11] * 10}
    path.write_text("site,x,label\n" + "".join(f"{site},{x},{x % 2}\n" for site, xs in sites.items() for x in xs))
    similarity = Classification(dataset=str(path), site="site", split=BySite(), seed=1).similarity()
    assert similarity == pytest.approx(np.array([[1, 1 / 3, 0], [1 / 3, 1, 0], [0, 0, 1]]))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"dataset": "winee"}, "did you mean 'wine'"),
        ({"dataset": "missing.csv"}, "no file"),
        ({"parties": 0}, "greater than or equal to 1"),
        ({"parties": 1000}, "too few"),
        ({"test_share": 0}, "test_share"),
        ({"test_share": 1}, "test_share"),
        ({"test_share": 0.999}, "too few"),
        ({"judge": "both"}, "judge"),
        ({"split": "Odd"}, "unknown split"),
        ({"split": "BySite"}, "no column that names a site"),
        ({"split": "LabelSkew(0)"}, "concentration"),
        ({"classifier": "2-nn"}, "did you mean '1-nn'"),
        ({"classifier": "1-nn(neighbours=2)"}, "neighbours"),
        ({"classifier": "1-nn(n_neighbors"}, "cannot read"),
        ({"classifier": "sklearn.svm:NoSuch"}, "NoSuch"),
        ({"classifier": "no.such.module:Name"}, "no"),
        ({"classifier": "math:pi"}, "math:pi"),
        ({"classifier": 3}, "not a scikit-learn classifier"),
        ({"levels": (0, 1)}, "levels"),
        ({"levels": (0.5, 2)}, "levels"),
        ({"label": "quality"}, "label"),
        ({"judge": "own", "parties": 100}, "test rows of its own"),
        ({"levels": (math.nan,)}, "levels"),
    ],
    ids=str,
)
def test_bad_classification_tasks_are_refused(options, problem):
    assert problem in refusal(lambda: Classification(**{"dataset": "wine"} | options))


# --- splits -------------------------------------------------------------------------------------------------------------------

splits = st.one_of(
    st.just(Even()),
    st.floats(0.01, 30).map(BySize),
    st.floats(0.01, 100).map(LabelSkew),
)


@given(splits, st.integers(1, 8), st.integers(0, 60), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_every_row_has_a_party_and_every_party_a_row(split, parties, more, classes, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=parties + more)
    party = split.assign(labels, {}, parties, rng)
    assert party.shape == labels.shape
    counts = np.bincount(party, minlength=parties)
    assert len(counts) == parties
    assert counts.min() >= 1


@given(st.integers(1, 10), st.integers(10, 200), st.integers(0, 2**32 - 1))
def test_even_split_differs_by_one_row_at_most(parties, rows, seed):
    counts = np.bincount(Even().assign(np.zeros(rows, dtype=int), {}, parties, np.random.default_rng(seed)))
    assert counts.max() - counts.min() <= 1


@given(st.floats(0.2, 5), st.integers(2, 5))
def test_sizes_grow_by_the_ratio(ratio, parties):
    counts = np.bincount(BySize(ratio).assign(np.zeros(10_000, dtype=int), {}, parties, np.random.default_rng(0)))
    shares = ratio ** np.arange(parties)
    assert counts / 10_000 == pytest.approx(shares / shares.sum(), abs=1e-3)


def test_steep_sizes_for_many_parties():
    counts = np.bincount(BySize(1000).assign(np.zeros(500, dtype=int), {}, 120, np.random.default_rng(0)), minlength=120)
    assert counts.min() >= 1


def test_splits_are_random_but_seeded():
    labels = np.repeat([0, 1, 2], 40)
    for split in (Even(), BySize(), LabelSkew()):
        one, again, other = (split.assign(labels, {}, 3, np.random.default_rng(seed)).tolist() for seed in (1, 1, 2))
        assert one == again != other


def skew(concentration, seed):
    labels = np.repeat(np.arange(5), 200)
    party = LabelSkew(concentration).assign(labels, {}, 5, np.random.default_rng(seed))
    shares = np.array([np.bincount(labels[party == owner], minlength=5) / np.sum(party == owner) for owner in range(5)])
    return np.abs(shares - 0.2).sum(axis=1).mean()


def test_small_concentration_means_more_skew():
    by_concentration = [np.mean([skew(concentration, seed) for seed in range(20)]) for concentration in (0.05, 0.5, 5, 500)]
    assert by_concentration == sorted(by_concentration, reverse=True)
    assert by_concentration[0] > 1
    assert by_concentration[-1] < 0.15


def test_site_column_names_the_parties():
    sites = {"clinic": np.array(["b", "a", "b", "c"]), "year": np.array(["1", "1", "2", "2"])}
    labels, rng = np.zeros(4, dtype=int), np.random.default_rng(0)
    assert BySite("clinic").assign(labels, sites, 3, rng).tolist() == [1, 0, 1, 2]
    assert BySite("year").assign(labels, sites, 2, rng).tolist() == [0, 0, 1, 1]
    assert BySite("clinic").parties(sites) == 3
    assert Even().parties(sites) is None
    assert "clinic, year" in refusal(lambda: BySite().parties(sites))
    assert "clinic, year" in refusal(lambda: BySite("ward").parties(sites))


@pytest.mark.parametrize("bad", [lambda: BySize(0), lambda: BySize(-1), lambda: LabelSkew(0), lambda: LabelSkew(math.nan)])
def test_bad_splits_are_refused(bad):
    refusal(bad)


@settings(max_examples=10)
@given(st.integers(0, 1000), st.integers(2, 6))
def test_parties_hold_what_the_split_gave_them(seed, parties):
    task = Classification(dataset="wine", parties=parties, split=BySize(1.5), seed=seed)
    assert task.n_parties == parties
    assert (np.diff(task.sizes) >= 0).all()


def test_sites_dictate_the_number_of_parties(tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("site,x,label\n" + "".join(f"{'abc'[i % 3]},{i},{i % 2}\n" for i in range(60)))
    options = {"dataset": str(path), "site": "site", "split": BySite(), "numeric": ["x"]}
    assert Classification(**options).n_parties == 3
    assert Classification(**options, parties=3).n_parties == 3
    assert "3 sites" in refusal(lambda: Classification(**options, parties=4))
