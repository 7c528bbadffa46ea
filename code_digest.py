"""What a kept result was made by: a hash of the sources of modules and of all of the program that they import."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

ROOT = Path(__file__).parent
PACKAGE = __name__.rpartition(".")[0]
LIBRARIES = ("numpy", "scipy", "numba", "scikit-learn", "pandas")


@cache
def code_digest(*modules: str, files: tuple[Path, ...] = ()) -> str:
    """Return a hash of modules, of everything of this program that they import, of the libraries' versions and Python's.

    Imports inside functions count. What components are built from is not seen: give the files of their classes.

    Parameters
    ----------
    modules
        Names of modules of this program.
    files
        Further sources.

    Raises
    ------
    ValueError
        A source cannot be read, so that a change of it would go unnoticed.

    Examples
    --------
    >>> code_digest("potluck.training.recommender.sgd") == code_digest("potluck.training.recommender.sgd")
    True
    >>> code_digest("potluck.arrays") == code_digest("potluck.messages")
    False
    """
    content = hashlib.blake2b(digest_size=16)
    paths = {name: _path(name) for name in _reached(modules)} | {str(path): path for path in files}
    for name, path in sorted(paths.items()):
        source = _read(path)
        content.update(f"{name} {len(source)} ".encode() + source)
    for library in LIBRARIES:
        try:
            content.update(f"{library} {version(library)} ".encode())
        except PackageNotFoundError:
            continue
    content.update(python_version().encode())
    return content.hexdigest()


def _reached(modules: tuple[str, ...]) -> set[str]:
    reached, ahead = set(), list(modules)
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += _imports(name)
    return reached


@cache
def _imports(module: str) -> tuple[str, ...]:
    """Return the modules of this program that a module imports."""
    path = _path(module)
    inside = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return tuple(sorted(name for name in set(_named(ast.parse(_read(path)), inside)) if _file(name) is not None))


def _named(tree: ast.AST, inside: str) -> Iterator[str]:
    """Yield every name that may be a module: what is imported, and what is imported from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = inside.split(".")
            above = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            base = ".".join(part for part in (above, node.module) if part)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _file(module: str) -> Path | None:
    """Return where a module of this program stands; None for what is none."""
    package, _, inside = module.partition(".")
    if package != PACKAGE or not inside:
        return None
    path = ROOT.joinpath(*inside.split("."))
    return next((each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file()), None)


def _path(module: str) -> Path:
    path = _file(module)
    if path is None:
        raise ValueError(f"the source of {module} is not there")
    return path


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"the source {path.name} cannot be read: {error.strerror}") from error
