import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB

from potluck.mechanisms import CoalitionalGame, shapley
from potluck.models import Classification, Regression

EVERYBODY = [[1, 1, 1]]
OWN = {"accuracy": "accuracy", "balanced-accuracy": "balanced_accuracy", "log-loss": "neg_log_loss", "auc": "roc_auc"}


def fitted(task, model):
    rows = [np.concatenate([getattr(held, part) for held in task.holdings()]) for part in ("inputs", "targets")]
    return model.fit(*rows), task.validation()[0]


@pytest.mark.parametrize("score", [*OWN, "f1", "neg_brier_score", "jaccard"])
def test_scores_of_classes_are_scikit_learns(score):
    task = Classification(dataset="breast-cancer", parties=3, classifier="naive-bayes", score=score)
    model, test = fitted(task, GaussianNB())
    theirs = metrics.get_scorer(OWN.get(score, score))(model, test.inputs, test.targets)
    assert task.worths(EVERYBODY)[0] + task.guesses[0] == pytest.approx(theirs)


def test_area_of_several_classes_is_one_against_the_rest():
    task = Classification(dataset="wine", parties=3, classifier="naive-bayes", score="auc", baseline="prior")
    model, test = fitted(task, GaussianNB())
    theirs = metrics.roc_auc_score(test.targets, model.predict_proba(test.inputs), multi_class="ovr")
    assert task.worths(EVERYBODY)[0] == pytest.approx(theirs - 0.5)


@pytest.mark.parametrize(
    ("score", "theirs"),
    [("r2", "r2"), ("mse", "neg_mean_squared_error"), ("mae", "neg_mean_absolute_error"), ("neg_root_mean_squared_error",) * 2],
)
def test_scores_of_numbers_are_scikit_learns(score, theirs):
    task = Regression(dataset="diabetes", parties=3, score=score, seed=2)
    model, test = fitted(task, Ridge(random_state=0))
    expected = metrics.get_scorer(theirs)(model, test.inputs, test.targets)
    assert task.worths(EVERYBODY)[0] + task.guesses[0] == pytest.approx(expected)
    assert task.worths([[0, 0, 0]]).tolist() == [0]


@pytest.mark.parametrize("classifier", ["1-nn", "naive-bayes"])
@pytest.mark.parametrize("judge", ["common", "own"])
def test_a_baseline_lowers_every_shapley_value_alike(classifier, judge):
    options = {"dataset": "wine", "parties": 3, "classifier": classifier, "judge": judge}
    profiles = [[members >> party & 1 for party in range(3)] for members in range(8)]
    plain, above = (Classification(**options, baseline=baseline) for baseline in ("nothing", "majority"))
    tables = [np.broadcast_to(task.worths(profiles).T, (3, 8)) for task in (plain, above)]
    guesses = np.broadcast_to(above.guesses, 3)
    for before, after, guess in zip(*tables, guesses, strict=True):
        assert shapley(CoalitionalGame(after)) == pytest.approx(shapley(CoalitionalGame(before)) - guess / 3)
        assert (after[0], before[0]) == (0, 0)


def test_models_that_know_few_classes_are_judged_by_all():
    task = Classification(dataset="wine", parties=6, split="LabelSkew(0.05)", classifier="logistic", score="log-loss", seed=1)
    assert np.isfinite(task.worths(np.eye(6, dtype=int))).all()
    assert task.worths([[1] * 6])[0] > 0
    assert (
        Classification(dataset="wine", parties=3, classifier=LogisticRegression(max_iter=500), score="f1_macro").alone.max() > 0
    )


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: Classification(score="acuracy"), "did you mean 'accuracy'"),
        (lambda: Classification(score="r2"), "score = 'r2'.*known: accuracy, balanced-accuracy, log-loss, auc"),
        (lambda: Regression(score="auc"), "score = 'auc'.*known: r2, mse, mae"),
        (lambda: Regression(score="mse", baseline="nothing"), "is a loss"),
        (lambda: Classification(score="log-loss", baseline="majority"), "infinite log-loss; choose prior"),
        (lambda: Regression(regressor="logistic"), "regressor = 'logistic'"),
        (lambda: Regression(regressor="sklearn.svm:SVC"), "subclass of RegressorMixin"),
        (lambda: Regression(dataset="wine"), "unknown data set 'wine'"),
        (lambda: Classification(classifier="sklearn.svm:LinearSVC", score="log-loss").alone, "party 1 .*gives no chances"),
        (lambda: Regression(parties=400), "309 rows to train on are too few for 400 parties"),
        (lambda: Regression(judge="own", parties=90).alone, "cannot be judged by r2: '2 test rows have one value"),
    ],
)
def test_what_cannot_be_judged_is_said_in_one_line(build, said):
    with pytest.raises(ValueError, match=said) as caught:
        build()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= 300


def test_regression_of_an_own_file(tmp_path):
    rng = np.random.default_rng(0)
    area, town = rng.uniform(20, 120, 200), rng.choice(["Bonn", "Köln"], 200)
    rent = 9 * area + 200 * (town == "Köln") + rng.normal(0, 20, 200)
    table = pd.DataFrame({"area": area, "town": town, "rent": rent})
    table.to_csv(tmp_path / "flats.csv", sep=";", decimal=",")
    task = Regression(dataset=str(tmp_path / "flats.csv"), label="rent", split="LabelSkew(1)", parties=3)
    assert task.worths(EVERYBODY)[0] > 0.95
    assert task.sizes.sum() == 140
    sites = Regression(dataset=str(tmp_path / "flats.csv"), label="rent", site="town", split="BySite")
    assert sites.n_parties == 2
