import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from potluck.code_digest import _imports, _reached, code_digest
from potluck.data.ratings_files import load_ratings
from potluck.scenarios import SCENARIOS
from potluck.store import Store
from potluck.training.recommender import Collaboration, Suppression, Training, frequent, measurement
from potluck.training.recommender.measurement import Cell

module = sys.modules["potluck.code_digest"]
MEASURES = "potluck.training.recommender.measurement"


def digest_in_a_copy(tmp_path, monkeypatch, change=None):
    """Return the digest of what measures, with the source of one module changed in a copy of the program."""
    root = tmp_path / str(change)
    for name in _reached((MEASURES,)):
        path = Path(*name.split(".")[1:]).with_suffix(".py")
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(module.ROOT / path, root / path)
    if change:
        (root / change).write_text((root / change).read_text() + "\nCHANGED = True\n")
    with monkeypatch.context() as there:
        there.setattr(module, "ROOT", root)
        for kept in (code_digest, _imports):
            kept.cache_clear()
        found = code_digest(MEASURES)
    for kept in (code_digest, _imports):
        kept.cache_clear()
    return found


def test_what_a_kernel_says_counts_and_what_nothing_calls_does_not(tmp_path, monkeypatch):
    before = digest_in_a_copy(tmp_path, monkeypatch)
    for used in ("sgd_kernel", "preprocessing", "privacy_methods", "collaboration"):
        assert digest_in_a_copy(tmp_path, monkeypatch, f"training/recommender/{used}.py") != before
    assert digest_in_a_copy(tmp_path, monkeypatch, "arrays.py") != before
    assert not any("scenarios" in name or "browser" in name for name in _reached((MEASURES,)))


def test_cells_of_attacks_know_the_search_and_the_accounting():
    reached = _reached(("potluck.scenarios.markets.attack_cells",))
    assert {f"potluck.attacks.{name}" for name in ("search", "payoffs", "held", "accounts", "scheme")} <= reached
    assert {"potluck.mechanisms.values.semivalues", "potluck.models.tasks.classification"} <= reached


def test_errors_that_are_kept_are_named_by_the_code(monkeypatch):
    ratings = frequent(load_ratings("synthetic(users=60, items=30, density=0.5)", np.random.default_rng(0)))
    parties = Collaboration.divided(ratings, (1.0, 1.0), Training(passes=3), np.random.default_rng(1))
    cell = Cell(0, Suppression(), (0.0, 0.0))
    before = measurement._key(parties, cell)
    monkeypatch.setattr(measurement, "code_digest", lambda *_: "other code")
    assert measurement._key(parties, cell) != before


def test_a_source_that_is_not_there_is_said():
    with pytest.raises(ValueError, match=r"source of potluck\.nowhere"):
        code_digest("potluck.nowhere")


@pytest.mark.parametrize(("name", "kept"), [("privacy-fig6", {"cached": True}), ("attack-matrix", {"cells": "resume"})])
def test_what_is_reproduced_reads_no_measurement(name, kept, monkeypatch, tmp_path):
    cls = SCENARIOS.find(name)
    monkeypatch.setenv("POTLUCK_MEASUREMENTS", str(tmp_path))

    def read(*_):
        raise AssertionError("a measurement is read")

    monkeypatch.setattr(Store, "find", read)
    cls(**{**cls.example_parameters, **cls.of_size("quick").model_dump(include=set(cls.fresh_parameters))}).run(0)
    assert not list(tmp_path.iterdir())
    with pytest.raises(AssertionError, match="a measurement is read"):
        cls(**{**cls.example_parameters, **kept}).run(0)


def test_a_reproduction_reads_no_kept_result():
    for cls in SCENARIOS:
        fields = set(cls.model_fields) & {"cached", "cells"}
        for size in ("quick", "full"):
            scenario = cls.of_size(size)
            assert all(getattr(scenario, field) in (False, "unkept") for field in fields), cls.name()
