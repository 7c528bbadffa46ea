"""Classes of settings keep what they say, and what a search finds in them is small and replays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from potluck.__main__ import main
from potluck.mechanisms import FreeSharing, MaximalExploitation
from potluck.mechanisms.audits.setting_classes import PROMISES, SETTING_CLASSES, LinearSetting, SettingClass, refute_promises


@given(st.sampled_from(SETTING_CLASSES), st.integers(1, 12), st.integers(1, 4), st.integers(0, 2**31))
def test_settings_are_of_their_class_and_read_again(name, n, types, seed):
    games = SettingClass(name)
    setting = games.draw(n, types, np.random.default_rng(seed))
    assert games.contains(setting)
    assert SettingClass().contains(setting)
    assert (setting.n, len(setting.types[0])) == (n, types)
    assert LinearSetting.parse(str(setting)) == setting
    for _, extreme in games.extreme(n, types):
        assert games.contains(extreme)


def test_extreme_settings_have_names():
    assert {name for name, _ in SettingClass().extreme(3)} == {
        "own model only",
        "allies",
        "rivals",
        "near-duplicate",
        "null",
        "spoiler",
    }


def test_known_promises():
    found = {each.promise: each for each in refute_promises(MaximalExploitation(), budget=120)}
    assert [promise for promise, each in found.items() if each.setting is not None] == ["weakly budget-balanced"]
    deficit = found["weakly budget-balanced"].setting
    assert deficit.n == 3  # two players are in budget
    assert PROMISES["weakly budget-balanced"](deficit.of(MaximalExploitation())).slack < 0
    sharing = {each.promise: each.setting for each in refute_promises(FreeSharing(), SettingClass("allies"), budget=40)}
    assert set(sharing.values()) == {None}


def test_a_setting_replays_from_the_command_line(capsys):
    def status(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["audit", *arguments])
        return end.value.code

    setting = str(refute_promises(FreeSharing(), budget=20)[0].setting)
    assert status("FreeSharing", "--setting", setting) == 0
    page = capsys.readouterr().out
    assert "| incentive compatible |" in page
    assert "**refuted**" in page
    for wrong in ("1;1", "1,2;1;linear", "2;1;linear", "1;1;curved", "1,0/0,1;1,1/1,2;linear"):
        assert status("FreeSharing", "--setting", wrong) == 2


def test_ranges():
    with pytest.raises(ValueError, match="must lie in"):
        SettingClass().draw(13, 2, np.random.default_rng(0))
    with pytest.raises(ValueError, match="at least 1"):
        refute_promises(FreeSharing(), players=5)
