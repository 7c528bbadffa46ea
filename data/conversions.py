"""From published files to plain CSV tables: reading pickled tables without trusting them, choosing columns and labels."""

import io
import lzma
import pickle
import shutil
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

FOLLOW_UP_DAYS = 3 * 365.25

_BASELINE = """
Group Age Black White Nat.Am Asian Hisp Education Hypertension Diabetes BL.Diab.Type BMI
Use.Tob BL.Cig.Day Use.Alc BL.Drks.Day Drug.Add
Prev.preg N.prev.preg Live.PTB Any.stillbirth Spont.ab Induced.ab Any.live.ptb.sb.sp.ab.in.ab N.living.kids
N.qualifying.teeth BL.GE BL..BOP BL.PD.avg BL..PD.4 BL..PD.5 BL.CAL.avg BL..CAL.2 BL..CAL.3 BL.Calc.I BL.Pl.I
BL.Anti.inf BL.Cortico BL.Antibio BL.Bac.vag
OAA1 OCR1 OFN1 OPG1 OPI1 OTD1 OTF1 OCRP1 O1B1 O61 O81 OPGE21 OTNF1 OMMP91 ETXU_CAT1 OFIBRIN1
"""
BASELINE_COLUMNS = tuple(_BASELINE.split())
"""What `preterm_clinics` keeps: known when the woman joined the trial, at 13 to 16 weeks."""

# question -> the columns that are 0, and those that are No, when its answer is No
_NOT_APPLICABLE = {
    "Prev.preg": (
        ["N.prev.preg", "N.living.kids"],
        ["Live.PTB", "Any.stillbirth", "Spont.ab", "Induced.ab", "Any.live.ptb.sb.sp.ab.in.ab"],
    ),
    "Use.Tob": (["BL.Cig.Day"], []),
    "Use.Alc": (["BL.Drks.Day"], []),
}
COHORT_COLUMNS = ("age", "meno", "size", "grade", "nodes", "pgr", "er", "hormon")


class DownloadError(ValueError):
    """A data set cannot be fetched, or its cached copy cannot be used; the message is one line."""


def read_frame(path: Path) -> pd.DataFrame:
    """Read a table from an xz-compressed pickle of a pandas data frame, without trusting it.

    Only the few names that such a pickle needs are allowed, and pandas' own classes are replaced by plain stand-ins, so
    the file runs no code and reads the same with any version of pandas.

    Raises
    ------
    DownloadError
        The file is not such a pickle, or asks for any other name.
    """
    try:
        with lzma.open(path) as file:
            frame = _TableUnpickler(io.BytesIO(file.read())).load()
        return _table(frame)
    except DownloadError as error:
        raise DownloadError(f"{path.name} is refused: {error}") from None
    except OSError as error:
        raise DownloadError(f"{path.name} cannot be read: {reason(error)}") from error
    except Exception as error:  # a hostile pickle can raise anything
        raise DownloadError(f"{path.name} is not a pickled table: {first_line(error)}") from error


def preterm_clinics(members: tuple[Path, ...], output: Path) -> None:
    """Write the women of the Obstetrics and Periodontal Therapy trial, one row each, as they were at the start.

    Columns: ``clinic`` (KY, MN, MS, NY), the 56 `BASELINE_COLUMNS` under the trial's names, and the label ``preterm``,
    1 when the pregnancy ended before 37 weeks. Of 823 women, the 9 lost to follow-up and the 2 who chose an abortion
    are left out, as in the paper; the 812 others give its counts, 49 of 407 treated and 52 of 405 not.

    Left out, because they were measured later or tell the outcome:

    - at or after delivery: ``Birth.outcome``, ``GA.at.outcome``, ``Birthweight``, ``Fetal.congenital.anomaly``,
      ``Apgar1``, ``Apgar5``, and ``Public.Asstce``, who paid for the delivery;
    - adverse events and conditions of the whole pregnancy: ``Any.SAE.``, ``GA...1st.SAE``, ``Bact.vag``, ``Gest.diab``,
      ``Oligo``, ``Polyhyd``, ``Gonorrhea``, ``Chlamydia``, ``Strep.B``, ``Traumatic.Inj``, ``UTI``, ``Pre.eclamp``,
      ``Mom.HIV.status``;
    - dental care given during the trial: ``Tx.comp.``, ``Local.anes``, ``Topical.Anest``, ``Tx.time``,
      ``EDC.necessary.``, ``Completed.EDC``, ``N.extractions``, ``N.perm.restorations``;
    - visits 3 and 5, which are missing when the pregnancy ended early: ``V3*``, ``V5*``, serum names ending in 5,
      ``N.PAL.sites``, ``X..Vis.Att``, ``X..Vis.Elig``, ``X1st.Miss.Vis``;
    - the plaque counts of the first visit, ``BL.DNA`` to ``BL.S7`` and ``BL..AA`` to ``BL..S7``: whether they were
      assayed tells the outcome (preterm are 21 per cent where they were, 4 per cent where not);
    - ``PID`` and ``rownames``.

    Blank and ``.`` are missing. What does not apply is 0 or No: earlier births of a woman without any, cigarettes of
    one who does not smoke, drinks of one who does not drink.

    Source: Michalowicz and others (2006).
    """
    trial = read_frame(members[0])
    for column in trial.columns:
        if not pd.api.types.is_numeric_dtype(trial[column]):
            trial[column] = trial[column].astype(object).map(_stripped)
    trial = trial[trial["Birth.outcome"].isin(["Live birth", "Non-live birth"])]
    table = trial[list(BASELINE_COLUMNS)].copy()
    table["Hypertension"] = table["Hypertension"].map({"N": "No", "Y": "Yes"})
    for question, (counts, answers) in _NOT_APPLICABLE.items():
        table.loc[table[question] == "No", counts] = 0
        table.loc[table[question] == "No", answers] = "No"
    table.insert(0, "clinic", trial["Clinic"])
    table["preterm"] = (trial["Preg.ended...37.wk"] == "Yes").astype(int)
    _write_csv(table, output)


def breast_cancer_cohorts(members: tuple[Path, ...], output: Path) -> None:
    """Write the Rotterdam and the German (GBSG) breast cancer patients in one table, one row each.

    Columns: ``cohort`` (rotterdam, gbsg), age (years), meno (1 after menopause), size, grade, nodes (positive lymph
    nodes), pgr and er (receptors, fmol/l), hormon (1 with hormonal treatment), and the label ``event``.

    The label is 1 when the cancer came back or the patient died within 3 years of 365.25 days, 0 when neither happened
    and follow-up lasted that long. Patients whose follow-up ended earlier are left out: 38 of 2982 and 131 of 686. (At
    5 years it would be 136 and 280, and seven in ten of the German patients that remain would have the event.) A death
    counts even where follow-up for recurrence had ended before it.

    Coding: gbsg gives ``size`` in millimetres; it is binned as in rotterdam, ``<=20``, ``20-50`` and ``>50``. rotterdam
    has no grade below 2, so grade 1 of gbsg becomes 2. All gbsg patients have positive nodes, as that trial required.

    Source: Royston and Altman (2013); the R package survival.
    """
    rotterdam, gbsg = (read_frame(member) for member in members)
    gbsg["size"] = np.select([gbsg["size"] <= 20, gbsg["size"] <= 50], ["<=20", "20-50"], default=">50")
    came_back, died = rotterdam["recur"] == 1, rotterdam["death"] == 1
    rotterdam["event"] = (came_back & (rotterdam["rtime"] <= FOLLOW_UP_DAYS)) | (died & (rotterdam["dtime"] <= FOLLOW_UP_DAYS))
    gbsg["event"] = (gbsg["status"] == 1) & (gbsg["rfstime"] <= FOLLOW_UP_DAYS)
    kept = []
    for cohort, table, followed in (("rotterdam", rotterdam, "rtime"), ("gbsg", gbsg, "rfstime")):
        known = table[table["event"] | (table[followed] >= FOLLOW_UP_DAYS)]
        kept.append(known[[*COHORT_COLUMNS, "event"]].assign(event=known["event"].astype(int)))
        kept[-1].insert(0, "cohort", cohort)
    both = pd.concat(kept, ignore_index=True)
    _write_csv(both.assign(grade=both["grade"].clip(lower=2)), output)


def movielens_ratings(members: tuple[Path, ...], output: Path) -> None:
    """Write ratings as ``user,item,rating,timestamp``, whole numbers (seconds since 1970), in the order they came."""
    names = ["user", "item", "rating", "timestamp"]
    ratings = pd.read_csv(members[0], sep="\t", header=0, names=names, dtype=np.int64)
    _write_csv(ratings, output)


def copied(members: tuple[Path, ...], output: Path) -> None:
    """Keep the file as it is."""
    shutil.copyfile(members[0], output)


def reason(error: OSError) -> str:
    """Return what the system says went wrong."""
    return error.strerror or first_line(error)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _write_csv(table: pd.DataFrame, output: Path) -> None:
    table.to_csv(output, index=False, lineterminator="\n", encoding="utf-8")


def _stripped(value: Any) -> Any:
    return None if not isinstance(value, str) or value.strip() in ("", ".") else value.strip()


class _Frame:
    """Stands in for a data frame; the pickle fills in ``_mgr``."""

    _mgr: tuple[Any, Any]


class _Label:
    """Stands in for classes that a pickle only names."""


def _arguments(*arguments: Any) -> tuple[Any, ...]:
    return arguments


def _index(kind: type, state: dict[str, Any]) -> dict[str, Any]:
    return state


def _from_buffer(buffer: bytes, dtype: Any, shape: tuple[int, ...], order: Literal["C", "F"]) -> np.ndarray[Any, Any]:
    return np.frombuffer(buffer, dtype=dtype).reshape(shape, order=order)


_ALLOWED: dict[tuple[str, str], Any] = {
    ("builtins", "slice"): slice,
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
    ("numpy.core.numeric", "_frombuffer"): _from_buffer,
    ("pandas._libs.internals", "_unpickle_block"): _arguments,
    ("pandas.core.frame", "DataFrame"): _Frame,
    ("pandas.core.indexes.base", "Index"): _Label,
    ("pandas.core.indexes.base", "_new_Index"): _index,
    ("pandas.core.indexes.range", "RangeIndex"): _Label,
    ("pandas.core.internals.managers", "BlockManager"): _arguments,
}


class _TableUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise DownloadError(f"a pickled table has no use for {module}.{name}") from None


def _table(frame: _Frame) -> pd.DataFrame:
    blocks, (columns, _) = frame._mgr
    names = [str(name) for name in columns["data"]]
    values: dict[str, Any] = {}
    for block, placement, _ in blocks:
        for row, position in enumerate(np.arange(len(names))[placement]):
            values[names[position]] = block[row]
    return pd.DataFrame({name: values[name] for name in names})
