import dataclasses
import gzip
import hashlib
import json
import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from potluck.data import downloads
from potluck.data.datasets import BUNDLED, Dataset, catalogue, load_dataset
from potluck.data.encoding import encoded

SHOPS = """shop,spend,colour,member,label
north,1.5,red,True,yes
south,,blue,False,no
north,4,,True,yes
east,2,red,True,no
"""


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("POTLUCK_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr(downloads, "DOWNLOADS", dict(downloads.DOWNLOADS))  # keep_in_cache changes pins


@pytest.fixture
def csv(tmp_path):
    def write(text: str | bytes, name: str = "own.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def keep_in_cache(name: str, content: bytes) -> None:
    path = downloads.data_path(name)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    pin = hashlib.sha256(content).hexdigest()
    (path.parent / downloads.RECORD).write_text(json.dumps({"sha256": pin}))
    downloads.DOWNLOADS[name] = dataclasses.replace(downloads.DOWNLOADS[name], output_sha256=pin)


def refusal(*arguments, **options) -> str:
    with pytest.raises(ValueError) as caught:
        load_dataset(*arguments, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("breast_cancer", (569, 30), 2),
        ("Breast-Cancer", (569, 30), 2),
        ("wine", (178, 13), 3),
        ("digits", (1797, 64), 10),
    ],
)
def test_bundled(name, shape, classes):
    data = load_dataset(name)
    assert data.features.shape == shape
    assert data.features.dtype == np.float64
    assert data.labels.dtype == np.int64
    assert sorted(set(data.labels.tolist())) == list(range(classes))
    assert len(data.label_names) == classes
    assert len(data.feature_names) == shape[1]
    assert data.sites == {}
    assert data.citation


def test_own_file(csv):
    data = load_dataset(csv(SHOPS), site="shop")
    assert data.name == "own.csv"
    assert data.feature_names == ("spend", "colour=blue", "colour=red", "member")
    expected = [[1.5, 0, 1, 1], [2, 1, 0, 0], [4, 0, 0, 1], [2, 0, 1, 1]]
    assert data.features.tolist() == expected
    assert data.labels.tolist() == [1, 0, 1, 0]
    assert data.label_names == ("no", "yes")
    assert data.sites["shop"].tolist() == ["north", "south", "north", "east"]
    assert data.sites["shop"].dtype.kind == "U"


def test_own_file_by_text_gzipped_and_with_a_byte_order_mark(csv):
    plain = load_dataset(str(csv(SHOPS)))
    zipped = load_dataset(str(csv(gzip.compress(b"\xef\xbb\xbf" + SHOPS.encode()), "own.csv.gz")))
    assert plain.feature_names == zipped.feature_names
    assert plain.feature_names[:3] == ("shop=east", "shop=north", "shop=south")
    assert np.array_equal(plain.features, zipped.features)


@pytest.mark.parametrize(
    ("header", "label"), [("target,label,z", "label"), ("a,target,z", "target"), ("a,b,z", "z"), ("z,b,c", "c")]
)
def test_default_label(csv, header, label):
    data = load_dataset(csv(f"{header}\n1,2,3\n4,5,6\n"))
    names = header.split(",")
    assert set(data.feature_names) == set(names) - {label}
    assert data.label_names == tuple(f"{1 + names.index(label) + step}" for step in (0, 3))


def test_chosen_label_and_numbered_classes(csv):
    data = load_dataset(csv("grade,x,y\n10,1,0.5\n9,2,0.25\n10.0,3,0\n"), label="grade")
    assert data.label_names == ("9", "10")
    assert data.labels.tolist() == [1, 0, 1]
    assert data.feature_names == ("x", "y")


def test_numbered_sites_and_true_false_labels(csv):
    data = load_dataset(csv("hospital,x,ill\n7,1,True\n12,2,False\n"), site="hospital")
    assert data.sites["hospital"].tolist() == ["7", "12"]
    assert data.label_names == ("False", "True")
    assert data.labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("", {}, "is empty"),
        ("a,b,label\n", {}, "has a header and no rows"),
        ("a,label\n1,2\n", {"numeric": ["a"]}, "has 1 rows; at least 2 are needed"),
        ("a,label\n1,2\n3,2\n", {}, "has one class only"),
        ("label\n1\n2\n", {}, "has no feature columns: it has one column, label"),
        ("a\tlabel\n\t2\n\t3\n", {}, "has no feature columns: 'a' is missing"),
        ("a,b\n1,2\n3,4\n", {"label": "c"}, "has no label column 'c'. It has columns a, b"),
        ("age,b\n1,2\n3,4\n", {"label": "agee"}, "has no label column 'agee', did you mean 'age'?"),
        ("a,b\n1,2\n3,4\n", {"site": "clinic"}, "has no site column 'clinic'. It has columns a, b"),
        ("a,b\n1,2\n3,4\n", {"site": "b"}, "column 'b' cannot be both the label and the site"),
        ("a,label\n1,\n3,4\n", {}, "row 1, label column 'label': the cell is empty; 1 rows have no label"),
        ("a,s,label\n1,,1\n3,x,4\n", {"site": "s"}, "row 1, site column 's': the cell is empty; 1 rows have no site"),
        ("a,label\n1,0.5\n3,4\n", {}, "label column 'label' holds 0.5; classes must be whole numbers or texts"),
        ("a,label\n1,inf\n3,4\n", {}, "holds inf; classes must be whole numbers or texts"),
        ("a,label\ninf,1\n3,4\n", {}, "row 1, column 'a': inf is not a finite number"),
        ("a,b,label\n1,2,3\n1,2,3,4,5\n", {}, "own.csv: row 2 has 5 cells, but there are 3 columns"),
        ("a,b,label\n1,2,3\n4,5\n7,8,9\n", {}, "own.csv: row 2 has 2 cells, but there are 3 columns"),
        ("a,b,label\n1,2,x\n4,5\n7,8,y\n", {}, "own.csv: row 2 has 2 cells, but there are 3 columns"),
        ('a,label\n"1,2\n3,4\n', {}, "own.csv: row 1"),
        (b"PK\x03\x04 and so on", {}, "own.csv is an Excel workbook or another zip archive: save the table as CSV"),
        (b"a,label\n1,\x00\n", {}, "own.csv is not a text file"),
        (
            "a,label\n" + "".join(f"name{row},{row % 2}\n" for row in range(101)),
            {},
            "has no feature columns: 'a' is identifier; numeric=NAME keeps a column",
        ),
        ("a,label\n" + "".join(f"{row + 7},{row % 2}\n" for row in range(30)), {}, "'a' is row number"),
        (
            "a,b,label\n" + "".join(f"{row % 7},{row % 3},{row % 2}\n" for row in range(30)) + "3O,1,1\n",
            {},
            "own.csv: row 31, column 'a': '3O' is not a plain number",
        ),
        ('a,b,label\n1,5,0\n3,6,1\n"1,200",7,1\n', {}, "own.csv: row 3, column 'a': '1,200' is not a plain number"),
        ("a,b,label\n40%,5,0\n30%,6,1\n", {}, "own.csv: row 1, column 'a': '40%' is not a plain number"),
        ("a;b;label\n1,200;5;0\n3,400;6;1\n", {}, "own.csv: row 1, column 'a': '1,200' is not a plain number"),
        ("a,b,label\nx,5,0\ny,6,1\n", {"numeric": ["a"]}, "own.csv: row 1, column 'a': 'x' is not a plain number"),
        ("a,b,label\nx,5,0\ny,6,1\n", {"drop": ["c"]}, "has no drop column 'c'"),
        ("a,b,label\nx,5,0\ny,6,1\n", {"drop": ["label"]}, "column 'label' cannot be both in drop and the label or the site"),
        ("a,b,label\nx,5,None\ny,6,1\n", {"missing": ["None"]}, "row 1, label column 'label': 'None' stands for nothing"),
    ],
)
def test_bad_files(csv, content, options, said):
    assert said in refusal(csv(content), **options)


def test_files_that_are_not_there_or_not_what_they_seem(csv, tmp_path):
    assert refusal(tmp_path / "none.csv").startswith("there is no file '")
    assert refusal("none.csv") == "there is no file 'none.csv'"
    assert "is not a file" in refusal(tmp_path)
    assert "is called .gz and is not gzipped" in refusal(csv(SHOPS, "plain.csv.gz"))
    assert "is not a whole gzip file" in refusal(csv(gzip.compress(SHOPS.encode())[:-9], "cut.csv.gz"))
    assert len(load_dataset(csv(gzip.compress(SHOPS.encode()), "zipped.csv"))) == 4
    os.mkfifo(tmp_path / "pipe.csv")
    assert "is not a file" in refusal(tmp_path / "pipe.csv")
    assert "is an address" in refusal("http://nowhere.example/x.csv")


def test_names():
    assert refusal("winee").startswith("unknown data set 'winee', did you mean 'wine'? Known: breast-cancer, wine, digits")
    assert refusal("?\0").startswith("unknown data set")
    assert refusal("wine", label="x") == "data set 'wine' has no other label and no site column: leave out label and site"
    assert "has no classes to learn; those that have: breast-cancer" in refusal("california_housing")


@pytest.mark.parametrize("name", ["adult-census", "preterm-clinics", "breast-cancer-cohorts", "mnist-5k"])
def test_not_fetched_yet(name):
    assert refusal(name) == f"data set {name!r} is not here yet: run `potluck data get {name}`"


def test_from_the_cache():
    keep_in_cache("preterm-clinics", b"clinic,Age,Group,preterm\nMN,20,T,0\nKY,30,C,1\n")
    data = load_dataset("preterm_clinics")
    assert data.name == "preterm-clinics"
    assert data.sites["clinic"].tolist() == ["MN", "KY"]
    assert data.feature_names == ("Age", "Group=C", "Group=T")
    assert data.label_names == ("0", "1")
    assert "Michalowicz" in data.citation
    assert list(load_dataset("preterm-clinics", site="Group").sites) == ["Group"]


def test_table_without_a_header_from_the_cache():
    rows = [",".join([grey] * 784 + [label]) for grey, label in (("0", "3"), ("9", "8"))]
    keep_in_cache("mnist-5k", gzip.compress("\n".join(rows).encode()))
    data = load_dataset("mnist-5k")
    assert data.features.shape == (2, 784)
    assert data.label_names == ("3", "8")


def test_corrupt_cache():
    keep_in_cache("adult-census", b"a,class\n1,x\n2,y\n")
    downloads.data_path("adult-census").write_text("a,class\n1,y\n2,y\n")
    assert "is corrupt" in refusal("adult-census")


def test_catalogue():
    table = catalogue().set_index("name")
    assert list(table.index) == [*BUNDLED, "diabetes", *downloads.DOWNLOADS]
    assert table["present"].tolist() == [True] * 4 + [False] * 6
    assert set(table["source"]) == {"bundled", "download"}
    for name in BUNDLED:
        data = load_dataset(name)
        assert (table.loc[name, "rows"], table.loc[name, "columns"] - 1) == data.features.shape
    keep_in_cache("adult-census", b"a,class\n1,x\n2,y\n")
    assert catalogue().set_index("name").loc["adult-census", "present"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"inputs": pd.DataFrame({"a": []})}, "has 0 rows"),
        ({"inputs": pd.DataFrame(index=range(3))}, "has no input"),
        ({"label_names": (), "targets": np.array([0, np.inf, 1])}, "a number to predict is not finite"),
        ({"targets": np.array([0, 1])}, r"labels has shape \(2,\); it must be \(3,\)"),
        ({"sites": {"shop": np.array(["a"])}}, r"shop has shape \(1,\)"),
        ({"targets": np.array([0, 1, 2])}, "labels from 0 to 2; its 2 classes allow 0 to 1"),
        ({"inputs": pd.DataFrame({"a": [0, np.inf, 1]})}, "feature 'a' holds values that are not finite"),
    ],
)
def test_dataset_is_checked(changes, said):
    fields = {
        "name": "made",
        "inputs": pd.DataFrame({"a": np.zeros(3), "b": np.zeros(3)}),
        "targets": np.array([0, 1, 1]),
        "label_names": ("no", "yes"),
    }
    Dataset(**fields)
    with pytest.raises(ValueError, match=said):
        Dataset(**(fields | changes))


@given(st.lists(st.sampled_from(["cat", "dog", "5", "eel"]), min_size=2, max_size=20).filter(lambda row: len(set(row)) > 1))
def test_labels_name_the_rows(tmp_path_factory, animals):
    path = tmp_path_factory.mktemp("own") / "animals.csv"
    path.write_text("x,animal\n" + "".join(f"{place},{animal}\n" for place, animal in enumerate(animals)))
    data = load_dataset(path, numeric=["x"])
    assert [data.label_names[code] for code in data.labels] == animals
    assert list(data.label_names) == sorted(set(animals))


SAMPLE = 60


@pytest.mark.parametrize(
    ("column", "role", "kind"),
    [
        ([f"Jan {1 + row % 28} 2{row % 7:03}" for row in range(SAMPLE)], "date", ""),
        ([f"{1 + row % 28}-Feb-98" for row in range(SAMPLE)], "date", ""),
        ([row // 4 + 1 for row in range(SAMPLE)], "identifier", ""),
        ([1 + (row if row < 40 else row - 40) for row in range(SAMPLE)], "row number", ""),
        ([(row * 7) % 12 + 1 for row in range(SAMPLE)], "feature", "number"),
        ([row % 12 + 1 for row in range(SAMPLE)], "feature", "number"),
        (sorted(20 + (row * row) % 31 for row in range(SAMPLE)), "feature", "number"),
        (["0-39g/day", "40-79", "80-119", "120+"] * 15, "feature", "ordered"),
        (["4a", "5a", "6a"] * 20, "feature", "category"),
        (["yes", "no", "NA"] * 20, "feature", "category"),
    ],
)
def test_roles_of_columns(csv, column, role, kind):
    table = pd.DataFrame({"x": np.random.default_rng(0).normal(size=SAMPLE), "c": column, "label": [0, 1] * (SAMPLE // 2)})
    found = load_dataset(csv(table.to_csv(index=False))).schema.columns[1]
    assert (found.role, found.kind) == (role, kind)
    assert ("missing=NA" in found.doubt) == ("NA" in column)


def test_numbers_that_count_anew_in_each_group_are_no_feature(csv):
    table = pd.DataFrame({"number": [*range(1, 153), *range(1, 69), *range(1, 125)]})
    table = table.assign(x=np.random.default_rng(0).normal(size=344), label=np.repeat(["a", "b", "c"], (152, 68, 124)))
    assert load_dataset(csv(table.to_csv(index=False))).feature_names == ("x",)


def test_ways_to_write_a_header(csv):
    quoted = load_dataset(csv("'OBS' 'GPA' 'GRADE'\n9 2.66 0\n4 2.5 1\n7 3 0\n"), label="GRADE")
    assert quoted.feature_names == ("OBS", "GPA")
    counted = load_dataset(csv("4,2,setosa,virginica\n5.1,3.5,0\n4.9,3,1\n4.7,3.2,1\n5,3,0\n"))
    assert counted.features.tolist() == [[5.1, 3.5], [4.9, 3], [4.7, 3.2], [5, 3]]
    assert "the first line counts rows and columns, and is none" in counted.schema.remarks()


def test_whole_numbers_are_numbers_beside_texts():
    table = pd.DataFrame({"age": [20, 30, 40], "town": ["a", "b", "a"]})
    numbers, names = encoded(table, np.arange(3), {})
    assert names == ("age", "town=a", "town=b")
    assert numbers[:, 0].tolist() == [20, 30, 40]
    assert encoded(table[["age"]], np.arange(3), {})[1] == ("age",)
