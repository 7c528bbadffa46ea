import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potluck.__main__ import main
from potluck.models import Classification

GOOD = "".join(f"{row % 7},{row % 3},{row % 2}\n" for row in range(30))
HEAD = "a,b,label\n"
RATINGS = ("--ratings",)
NUMBERS = ("--numbers",)

# content, options, what the one line must name
FILES = [
    ("", (), "is empty"),
    ("a,b,label\n", (), "a header and no rows"),
    (HEAD + GOOD + "3O,1,1\n", (), "row 31, column 'a': '3O'"),
    (HEAD + '"1,200",1,1\n' + GOOD, (), "row 1, column 'a': '1,200'"),
    (HEAD + GOOD + "40%,1,1\n", (), "row 31, column 'a': '40%'"),
    (HEAD + GOOD + "1,$5,1\n", (), "row 31, column 'b': '$5'"),
    (HEAD + GOOD + "1,inf,1\n", (), "row 31, column 'b': inf"),
    (HEAD + GOOD + "1,2,\n", (), "row 31, label column 'label': the cell is empty"),
    (HEAD + GOOD + "1,2,?\n", (), "row 31, label column 'label': '?' stands for nothing"),
    (HEAD + GOOD + "1,2,0.5\n", (), "row 31, label column 'label' holds 0.5"),
    (HEAD + GOOD + "1,2\n" + GOOD, (), "row 31 has 2 cells, but there are 3 columns"),
    (HEAD + GOOD + "1,2,3,4\n", (), "row 31 has 4 cells, but there are 3 columns"),
    (HEAD + GOOD + '1,"2,1\n', (), "row 31"),
    (HEAD + GOOD.replace(",1\n", ",0\n"), (), "one class only"),
    (HEAD + GOOD, ("--label", "labl"), "no label column 'labl', did you mean 'label'"),
    (HEAD + GOOD, ("--site", "clinic"), "no site column 'clinic'"),
    (HEAD + GOOD, ("--label", "a", "--site", "a"), "column 'a' cannot be both the label and the site"),
    (HEAD + GOOD, ("--drop", "c"), "no drop column 'c'"),
    (HEAD + GOOD, ("--drop", "a,b"), "no feature columns"),
    (HEAD + GOOD + "x,1,1\n", ("--numeric", "a"), "row 31, column 'a': 'x'"),
    (HEAD + GOOD + "none,1,1\n", ("--label", "a", "--missing", "none"), "row 31, label column 'a': 'none' stands for nothing"),
    (HEAD + GOOD + ",1,1\n", ("--site", "a"), "row 31, site column 'a': the cell is empty"),
    ("label\n0\n1\n", (), "no feature columns: it has one column, label"),
    (HEAD + GOOD + "1,1,x\n", NUMBERS, "row 31, column 'label': 'x'"),
    (HEAD + GOOD + "1,1,\n", NUMBERS, "row 31, label column 'label': no number"),
    (b"PK\x03\x04rest", (), "Excel workbook"),
    (b"PAR1rest", (), "Parquet"),
    (b"a,label\n1,\x00\n", (), "not a text file"),
    (gzip.compress((HEAD + GOOD).encode())[:-20], (), "not a whole gzip file"),
    ("user,item,rating\n1,1,5\n2,1,good\n", RATINGS, "row 2, column 'rating': 'good' is not a number (user '2', item '1')"),
    ("user,item,rating\n1,1,5\n2,,4\n", RATINGS, "row 2, column 'item': the item is missing"),
    ("user,item,rating\n007,1,5\n2,1,4\n007,1,3\n", RATINGS, "user '007' rates item '1' twice, in rows 1 and 3"),
    ("user,item,rating\n1,1,5\n2,1,400\n", RATINGS, "ratings from 5 to 400 are on no usual scale"),
    ("user,item,rating\n1,1,5\n2,1,6\n", ("--scale", "1,5"), "row 2: a rating of 6 is out of range"),
    ("who,what,score\n1,1,5\n2,1,4\n", RATINGS, "no column for user and item"),
    ("user,item,rating\n1,1,5\n2,1,4\n", ("--user", "who"), "no user column 'who'"),
]


@pytest.mark.parametrize(("content", "options", "said"), FILES, ids=[f"{place} {said}" for place, (*_, said) in enumerate(FILES)])
def test_a_bad_file_is_one_line_and_status_2(tmp_path, capsys, content, options, said):
    path = tmp_path / ("own.csv" if not (isinstance(content, bytes) and content.startswith(b"\x1f")) else "own.csv.gz")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SystemExit) as left:
        main(["data", "check", str(path), *options])
    out, err = capsys.readouterr()
    assert left.value.code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert said in err
    assert len(err) <= 301


def written(table, form):
    """Return a table as a program writes it."""
    rows = table.set_axis(range(1, len(table) + 1))
    return {
        "pandas": lambda: table.to_csv(index=False).encode(),
        "pandas with index": lambda: table.to_csv().encode(),
        "write.csv": lambda: rows.to_csv(quoting=2).encode(),
        "write.table": lambda: table.to_csv(index=False, sep=" ", quoting=2).encode(),
        "excel": lambda: table.to_csv(index=False, sep=";", decimal=",", lineterminator="\r\n").encode("utf-8-sig"),
        "excel in latin-1": lambda: table.to_csv(index=False, sep=";", decimal=",", lineterminator="\r\n").encode("cp1252"),
        "gzipped, utf-16": lambda: gzip.compress(table.to_csv(index=False, sep="\t").encode("utf-16")),
    }[form]()


FORMS = ("pandas with index", "write.csv", "write.table", "excel", "excel in latin-1", "gzipped, utf-16")


@pytest.mark.parametrize("form", FORMS)
def test_every_program_writes_the_same_task(tmp_path, form):
    rng = np.random.default_rng(4)
    table = pd.DataFrame(
        {"dose": rng.normal(size=80).round(3), "town": ["Ürzig", "NA", "Bonn", "Trier"] * 20, "Label": [0, 1] * 40}
    )
    options = {"site": "town", "split": "BySite", "classifier": "naive-bayes"}
    worths = []
    for name in ("pandas", form):
        (tmp_path / f"{name}.csv").write_bytes(written(table, name))
        task = Classification(dataset=str(tmp_path / f"{name}.csv"), **options)
        worths.append(task.worths([[members >> party & 1 for party in range(4)] for members in range(16)]).tolist())
    assert worths[0] == worths[1]


NAMES = st.sampled_from(["row", "Unnamed: 0", "", "patient", "nr", "who"])
ADDED = {
    "count": lambda rng, rows: np.arange(rows) + rng.integers(0, 5),
    "steps": lambda rng, rows: 10 * np.arange(rows),
    "gaps": lambda rng, rows: 1000 + np.cumsum(rng.integers(1, 9, rows)),
    "shuffled": lambda rng, rows: rng.permutation(rows),
    "backwards": lambda rng, rows: rows - np.arange(rows),
    "texts": lambda rng, rows: [f"P{number:05}" for number in range(rows)],
    "random texts": lambda rng, rows: [f"{number:x}" for number in rng.integers(1 << 40, 1 << 44, rows)],
    "dates": lambda rng, rows: pd.date_range("2020-01-01", periods=rows).strftime("%Y-%m-%d"),
}


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(ADDED)), NAMES, st.sampled_from(["sorted", "shuffled", "alternating"]), st.integers(0, 2**20))
def test_noise_is_worth_guessing_whatever_is_added_to_it(tmp_path_factory, added, name, order, seed):
    rng, rows = np.random.default_rng(seed), 240
    label = np.arange(rows) % 2
    label = {"sorted": np.sort(label), "shuffled": rng.permutation(label), "alternating": label}[order]
    table = pd.DataFrame({name or "Unnamed: 0": ADDED[added](rng, rows), "x": rng.normal(size=rows), "label": label})
    path = tmp_path_factory.mktemp("noise") / "noise.csv"
    table.to_csv(path, index=False)
    task = Classification(dataset=str(path), classifier="tree", parties=2, baseline="prior", seed=seed)
    worth = task.worths([[1, 1]])[0]
    # 72 test rows: four standard errors of a coin around guessing
    assert abs(worth) <= 4 * np.sqrt(0.25 / 72)


def test_a_row_number_that_is_kept_would_be_learned_from(tmp_path):
    table = pd.DataFrame({"row": range(240), "x": np.random.default_rng(0).normal(size=240), "label": np.arange(240) // 120})
    table.to_csv(tmp_path / "noise.csv", index=False)
    options = {"dataset": str(tmp_path / "noise.csv"), "classifier": "tree", "parties": 2, "baseline": "prior"}
    assert Classification(**options, numeric=("row",)).worths([[1, 1]])[0] > 0.4
