"""Numbers that took long to measure, kept on disk one file a number."""

import hashlib
import json
import math
import os
import tempfile
import warnings
from pathlib import Path

import numpy as np
import platformdirs

from .arrays import FloatArray


def measurements_home() -> Path:
    """Return the folder where measurements are kept: POTLUCK_MEASUREMENTS, or a part of the user's own cache folder."""
    chosen = os.environ.get("POTLUCK_MEASUREMENTS")
    if chosen:
        return Path(os.path.expanduser(chosen)).absolute()
    return platformdirs.user_cache_path("potluck", appauthor=False) / "measurements"


class Store:
    """A folder of measured numbers, each under a text that says everything it depends on.

    A file is written whole or not at all, so that a run may be stopped at any time and several may share a folder. A file that is
    not as it was written is reported by a warning, measured again and replaced.

    Parameters
    ----------
    folder
        Where the files are; made when something is first kept. Default: `measurements_home`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(folder)
    ...     store.keep("what it depends on", np.array([0.5, 0.25]))
    ...     store.find("what it depends on").tolist(), store.find("something else")
    ([0.5, 0.25], None)
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = measurements_home() if folder is None else Path(folder)
        self._warned = False

    def find(self, text: str) -> FloatArray | None:
        """Return what is kept under a text, or None."""
        path = self._path(text)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        try:
            document = json.loads(content)
            numbers = [float(number) for number in document["numbers"]]
            sound = document["what"] == text and document["check"] == _check(text, numbers) and all(map(math.isfinite, numbers))
        except (ValueError, KeyError, TypeError):
            sound = False
        if not sound:
            warnings.warn(f"{path} is not as it was written: it is measured again", stacklevel=2)
            return None
        return np.array(numbers)

    def keep(self, text: str, numbers: FloatArray) -> None:
        """Keep finite numbers, (k,), under a text; where the folder cannot be written to, warn once and go on."""
        path, values = self._path(text), [float(number) for number in numbers]
        document = {"what": text, "numbers": values, "check": _check(text, values)}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, scratch = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.folder)
            try:
                with open(handle, "w", encoding="utf-8") as file:
                    file.write(json.dumps(document, indent=1) + "\n")
                os.replace(scratch, path)
            except BaseException:
                Path(scratch).unlink(missing_ok=True)
                raise
        except OSError as error:
            if not self._warned:
                self._warned = True
                warnings.warn(f"measurements are not kept: cannot write {self.folder}: {error.strerror}", stacklevel=2)

    def _path(self, text: str) -> Path:
        return self.folder / f"{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}.json"


def _check(text: str, numbers: list[float]) -> str:
    return hashlib.blake2b(repr((text, numbers)).encode(), digest_size=16).hexdigest()
