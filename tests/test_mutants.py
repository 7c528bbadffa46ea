"""The list of planted faults keeps up with the program that it is planted in."""

import pytest
from mutants import MUTANTS, PACKAGE


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_fault_can_be_planted(mutant):
    assert mutant.planted((PACKAGE / mutant.file).read_text(encoding="utf-8"))


def test_there_are_enough_of_them_in_every_room():
    assert len(MUTANTS) == len({mutant.name for mutant in MUTANTS}) >= 40
    rooms = {mutant.file.split("/")[0] for mutant in MUTANTS}
    assert {"data", "training", "mechanisms", "agents", "models", "attacks", "scenarios", "browser"} <= rooms
