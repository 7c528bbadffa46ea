"""Wheel and sdist hold the whole package and nothing else, and what is installed from them works."""

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("build", reason="build comes with the extra dev")

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["setuptools"]["packages"]
NOT_PACKAGED = {"tests", "benchmarks", "docs", "examples"}


def source_files() -> list[str]:
    """Return the files that belong to the project, by git; without git, all but what is built or hidden."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
        return sorted(name for name in listed if name and (ROOT / name).is_file())
    skipped = {"build", "dist", "results", "__pycache__", "_build", "potluck.egg-info"}
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(
        str(path) for path in found if not skipped & set(path.parts) and not path.parts[0].startswith((".venv", ".git", "."))
    )


def packaged_modules() -> set[str]:
    """Return the Python files of the package and the Vue files its page is made of, as a wheel names them."""
    names = (Path(name) for name in source_files())
    return {
        f"potluck/{name.as_posix()}"
        for name in names
        if name.suffix in {".py", ".vue"} and name.parts[0] not in NOT_PACKAGED | {".ci"}
    }


def run(*command: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both from a clean copy; `build` makes the sdist first and the wheel from it."""
    copy = tmp_path_factory.mktemp("copy")
    for name in source_files():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    # once the sdist and the wheel from it, once the wheel straight from the copy
    run("-m", "build", "--no-isolation", "--outdir", "from-sdist", ".", cwd=copy)
    run("-m", "build", "--no-isolation", "--wheel", "--outdir", "straight", ".", cwd=copy)
    return copy


@pytest.fixture(scope="session")
def wheel(built: Path) -> zipfile.ZipFile:
    (path,) = (built / "straight").glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == packaged_modules() | {"potluck/py.typed"}


def test_the_wheel_carries_licence_and_command(wheel: zipfile.ZipFile) -> None:
    info = {Path(name).name: wheel.read(name).decode() for name in wheel.namelist() if ".dist-info/" in name}
    assert info["LICENSE"] == (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "potluck = potluck.__main__:main" in info["entry_points.txt"]
    assert f"Version: {PROJECT['project']['version']}" in info["METADATA"]


def test_the_sdist_builds_the_same_wheel(built: Path, wheel: zipfile.ZipFile) -> None:
    (path,) = (built / "from-sdist").glob("*.whl")
    other = zipfile.ZipFile(path)
    assert sorted(other.namelist()) == sorted(wheel.namelist())
    for name in wheel.namelist():
        assert other.read(name) == wheel.read(name), name


def test_the_sdist_holds_tests_and_documentation(built: Path) -> None:
    (path,) = (built / "from-sdist").glob("*.tar.gz")
    with tarfile.open(path) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "pyproject.toml", "docs/conf.py", "docs/index.md"} <= inside
    assert {name for name in source_files() if name.startswith(("tests/", "docs/", "benchmarks/", "examples/"))} <= inside
    assert not [name for name in inside if name.startswith(("results", ".venv", "build"))]


def test_the_installed_wheel_works(built: Path, tmp_path: Path) -> None:
    (path,) = (built / "straight").glob("*.whl")
    target = tmp_path / "installed"
    command = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    run(*command, "--target", str(target), str(path), cwd=tmp_path)
    where = run("-c", "import potluck; print(potluck.__file__)", cwd=tmp_path, PYTHONPATH=str(target))
    assert Path(where.strip()).is_relative_to(target)
    assert "replication-attack" in run("-m", "potluck", "list", cwd=tmp_path, PYTHONPATH=str(target))


def test_every_folder_of_the_package_is_listed() -> None:
    folders = {Path(name).parent.as_posix() for name in source_files() if name.endswith(".py")}
    inside = {folder for folder in folders if folder.split("/")[0] not in NOT_PACKAGED}
    assert {"potluck" if folder == "." else "potluck." + folder.replace("/", ".") for folder in inside} == set(PACKAGES)


def test_every_folder_of_the_package_is_a_package() -> None:
    for name in PACKAGES:
        folder = ROOT.joinpath(*name.split(".")[1:])
        assert (folder / "__init__.py").is_file(), name
