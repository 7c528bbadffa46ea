import json

import numpy as np
import pandas as pd
import pytest

from potluck.__main__ import main
from potluck.data.datasets import load_dataset
from potluck.data.leaks import leak_report
from potluck.data.reading import noted_reading
from potluck.models import Classification
from potluck.models.tasks.dealt_data import DealtData


def noise(seed: int, rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.normal(size=rows), "z": rng.normal(size=rows), "label": np.arange(rows) % 2})


def check(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as left:
        main(["data", "check", *words])
    assert left.value.code in (0, None)
    return capsys.readouterr().out


@pytest.mark.parametrize("order", ["sorted", "shuffled"])
@pytest.mark.parametrize("added", ["row number", "shuffled number", "gaps", "text", "index"])
def test_noise_is_worth_the_chance_level_whatever_names_its_rows(tmp_path, order, added):
    worths = []
    for seed in range(3):
        table = noise(seed).sort_values("label", kind="stable").reset_index(drop=True)
        rng, rows = np.random.default_rng(seed), len(table)
        counts = {"row number": np.arange(rows), "gaps": 7 + np.cumsum(rng.integers(1, 9, rows))}
        if added == "text":
            table["who"] = [f"P{number:04}" for number in range(rows)]
        elif added != "index":
            table["who"] = counts.get(added, np.arange(rows) + 5)
        if order == "shuffled" and added not in ("row number", "gaps"):
            table = table.sample(frac=1, random_state=seed)
        table.to_csv(tmp_path / "noise.csv", index=added == "index")
        task = Classification(dataset=str(tmp_path / "noise.csv"), classifier="tree", parties=2, baseline="majority", seed=seed)
        worths.append(task.worths([[1, 1]])[0])
        assert load_dataset(tmp_path / "noise.csv").feature_names == ("x", "z")
    assert np.mean(worths) < 3 * np.sqrt(0.25 / (3 * 90))


def test_a_planted_leak_is_named_with_its_size(tmp_path, capsys):
    table = noise(0)
    table["paid"] = np.where(table["label"] == 1, "yes", "no")
    table.to_csv(tmp_path / "planted.csv", index=False)
    said = check(str(tmp_path / "planted.csv"), capsys=capsys)
    assert "LEAK? 'paid' alone 1.00" in said
    assert "all data together is worth 1.00, without 'paid' 0." in said
    document = json.loads(check(str(tmp_path / "planted.csv"), "--json", capsys=capsys))
    (leak,) = document["leaks"]["leaks"]
    assert leak["name"] == "paid"
    assert leak["low"] > 0.9 > 0.3 > leak["others"]
    (less,) = document["dealt"]["without"]
    assert less["worth"] == 1 > 0.65 > less["worth_without"]
    assert (sum(less["shapley"]), sum(less["shapley_without"])) == pytest.approx((1, less["worth_without"]))
    assert document["schema"]["columns"][-1]["kind"] == "category"
    assert leak_report(load_dataset(tmp_path / "planted.csv", drop=["paid"])).leaks == ()


def test_a_label_that_is_there_three_times_is_named_each_time(tmp_path, capsys):
    table = noise(0)
    table = table.assign(code=np.where(table["label"] == 1, "x", "y"), price=table["label"] * 3.5 + 1, again=table["label"] + 4)
    table.to_csv(tmp_path / "thrice.csv", index=False)
    said = check(str(tmp_path / "thrice.csv"), capsys=capsys)
    assert [said.count(f"LEAK? {name!r}") for name in ("code", "price", "again")] == [1, 1, 1]
    assert "worth 1.00, without 'code', 'price', 'again' 0." in said or "without 'again', 'code', 'price' 0." in said


def test_rows_in_training_and_test_and_of_several_parties_are_counted(tmp_path):
    table = pd.concat([noise(3, 100)] * 4)
    table.to_csv(tmp_path / "fourfold.csv", index=False)
    with noted_reading() as journal:
        Classification(dataset=str(tmp_path / "fourfold.csv"), parties=2)
    dealt = next(read for read in journal.records() if isinstance(read, DealtData))
    assert dealt.in_training > 0.9
    assert 0.6 < dealt.shared < 0.85  # 1 - 0.65³ = 0.73 is expected
    assert dealt.contradicting == 0
    assert any("of test rows have the inputs of a training row" in line for line in dealt.remarks())


def test_good_features_are_no_leaks():
    for name in ("wine", "breast-cancer"):
        report = leak_report(load_dataset(name))
        assert report.leaks == ()
        assert report.strongest is not None
        assert report.strongest.low > 0.4


def test_identifiers_and_row_order_that_tell_are_told(tmp_path):
    table = noise(1).sort_values("label", kind="stable")
    table["patient"] = [f"P{number:04}" for number in range(len(table))]
    table.to_csv(tmp_path / "sorted.csv", index=False)
    told = {skill.name: skill.low for skill in leak_report(load_dataset(tmp_path / "sorted.csv")).aside}
    assert set(told) == {"patient", "order of rows"}
    assert min(told.values()) > 0.8


FORMS = {
    "pandas": lambda table: table.to_csv(index=False).encode(),
    "pandas with index": lambda table: table.to_csv().encode(),
    "write.csv": lambda table: table.set_axis(range(1, len(table) + 1)).to_csv(quoting=2).encode(),
    "excel": lambda table: table.to_csv(index=False, sep=";", decimal=",", lineterminator="\r\n").encode("utf-8-sig"),
    "utf-16": lambda table: table.to_csv(index=False, sep="\t").encode("utf-16"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_file_is_the_same_task(tmp_path, form):
    table = noise(2, 60).assign(town=["Ürzig", "NA", "Bonn"] * 20)
    (tmp_path / "plain.csv").write_bytes(FORMS["pandas"](table))
    (tmp_path / "other.csv").write_bytes(FORMS[form](table))
    plain, other = load_dataset(tmp_path / "plain.csv"), load_dataset(tmp_path / "other.csv")
    assert other.feature_names == plain.feature_names == ("x", "z", "town=Bonn", "town=NA", "town=Ürzig")
    assert np.array_equal(plain.features, other.features)
    assert np.array_equal(plain.labels, other.labels)


def test_the_check_takes_what_a_run_takes(tmp_path, capsys):
    path = tmp_path / "both.csv"
    noise(0).assign(w=1.5).to_csv(path, index=False)
    by_set = check(str(path), "--set", "label=x", "--set", "drop=z,w", "--numbers", capsys=capsys)
    assert by_set == check(str(path), "--label", "x", "--drop", "z,w", "--numbers", capsys=capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--set", "lable=x"], "not one of label"), (["--set", "label=x", "--label", "x"], "twice"), (["--set", "x"], "key=value")],
)
def test_a_bad_set_is_one_line(tmp_path, capsys, words, said):
    path = tmp_path / "any.csv"
    noise(0).to_csv(path, index=False)
    with pytest.raises(SystemExit) as left:
        main(["data", "check", str(path), *words])
    error = capsys.readouterr().err
    assert left.value.code == 2
    assert error.count("\n") == 1
    assert said in error


def test_what_cannot_be_dealt_is_said(tmp_path, capsys):
    path = tmp_path / "tiny.csv"
    path.write_text("a,b,y\n1,2,0\n2,3,1\n5,6,1\n", encoding="utf-8")
    assert "cannot be dealt to parties: Classification: 2 rows to train on are too few" in check(str(path), capsys=capsys)
    assert "too few for 4 parties" in json.loads(check(str(path), "--json", capsys=capsys))["dealt"]["error"]
