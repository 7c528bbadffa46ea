"""The text in a file: read, decompressed, decoded."""

import gzip
import os
import stat
import zlib
from pathlib import Path

_BINARY = {
    b"PK\x03\x04": "an Excel workbook or another zip archive",
    b"PAR1": "a Parquet file",
    b"\xfd7zXZ": "an xz archive",
    b"\x89HDF": "an HDF5 file",
    b"\xd0\xcf\x11\xe0": "an Excel workbook of the old kind",
    b"%PDF": "a PDF file",
    b"BZh": "a bzip2 archive",
    b"SQLite format": "an SQLite database",
}


def shown(text: object, most: int = 40) -> str:
    """Return a text in quotes, cut where it is long.

    Examples
    --------
    >>> shown("x" * 100, most=5)
    "'xxxxx...'"
    """
    plain = str(text)
    return repr(plain[:most] + "..." if len(plain) > most else plain)


def file_content(path: Path) -> tuple[bytes, bool]:
    """Return what is in a local, regular file, and whether it was gzipped; it is decompressed.

    Raises
    ------
    ValueError
        There is no such file, it is no regular file, or it cannot be read.
    """
    try:
        if not os.path.exists(path):
            raise ValueError(f"there is no file {shown(path, 120)}")
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ValueError(f"{shown(path, 120)} is not a file")
        content = Path(path).read_bytes()
        if not content.startswith(b"\x1f\x8b"):
            if Path(path).suffix.lower() == ".gz":
                raise ValueError(f"cannot read {shown(path, 120)}: it is called .gz and is not gzipped")
            return content, False
        return gzip.decompress(content), True
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"cannot read {shown(path, 120)}: it is not a whole gzip file ({error})") from error
    except OSError as error:
        raise ValueError(f"cannot read {shown(path, 120)}: {error.strerror or error}") from error


def decoded(content: bytes, name: str) -> tuple[str, str]:
    """Return a file's text and its encoding.

    What is neither UTF-8 nor UTF-16 is taken for Windows-1252, which holds Latin-1's letters.

    Raises
    ------
    ValueError
        It is no text.

    Examples
    --------
    >>> decoded("é".encode("latin-1"), "a.csv")
    ('é', 'windows-1252')
    """
    for start, what in _BINARY.items():
        if content.startswith(start):
            raise ValueError(f"{name} is {what}: save the table as CSV")
    if content.startswith(b"\xef\xbb\xbf"):
        tries = [("utf-8-sig", "utf-8 with a byte order mark")]
    elif content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        tries = [("utf-16", "utf-16")]
    elif content[:1000].count(b"\0") > len(content[:1000]) // 3:
        tries = [("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "utf-16")]
    else:
        tries = [("utf-8", "utf-8"), ("cp1252", "windows-1252"), ("latin-1", "windows-1252")]
    for codec, title in tries:
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, title
    raise ValueError(f"{name} is not a text file that could hold a table")
