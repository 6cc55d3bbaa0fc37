"""Names of files for students, and files that are whole or not there."""

from __future__ import annotations

import os
import tempfile
import unicodedata
from pathlib import Path
from urllib.parse import quote


def file_name(student: str) -> str:
    """Turn a student's id into a name that every file system takes.

    Letters and digits of all scripts stay as they are, in their composed form, as do
    ``-``, ``_``, ``@``, ``+`` and a full stop inside; every other character is written
    as in a web address, so that two ids never have one name.

    Examples
    --------
    >>> file_name("a/b"), file_name("Łucja Müller"), file_name("..")
    ('a%2Fb', 'Łucja%20Müller', '%2E%2E')
    """
    normal = unicodedata.normalize("NFC", student)
    name = "".join(
        letter if letter.isalnum() or letter in "-_@+." else quote(letter, safe="")
        for letter in normal
    )
    start = len(name) - len(name.lstrip("."))
    end = len(name.rstrip("."))
    return "%2E" * start + name[start:end] + "%2E" * (len(name) - max(end, start))


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader sees the whole of it or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
