"""Files in folders and zip files of any depth, read without trusting any of them.

Nothing is unpacked to disk and no link is followed, so that no name can lead out of the
folder. What a file may take is limited: a zip file of a few kilobytes can hold
gigabytes, and opening a pipe waits for ever.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from assignment_grading.arrivals.notebooks import LARGEST
from assignment_grading.errors import AssignmentError

FILE_TIME, ZIP_TIME = "the file", "the zip file"

_LARGEST_ZIP = 256 * 2**20  # bytes of a zip file within a zip file
_MOST_FROM_ONE = 256 * 2**20  # bytes that are read of what one person handed in
_MOST_FROM_ZIP = 4 * 2**30  # bytes that are read of one zip file in the folder
_MOST_FROM_ALL = 64 * 2**30  # bytes that are read of a whole class
_DIRECTORY = 16 * 2**20  # bytes of a zip file's directory: about 150,000 names
_DIRECTORY_INSIDE = 2**20  # the same of a zip file within a zip file
_RATIO = 100  # how many times smaller a file may be in a zip file, if it is
_SMALL = 2**20  # larger than this
_ZIPS_INSIDE_ZIPS = 5
_DEEPEST_FOLDER = 40
_LONGEST_NAME = 255  # bytes, as in most file systems
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others cannot be read in part
_LEAVES_NOTHING = {"__MACOSX", ".ipynb_checkpoints", ".git", "__pycache__"}
_SYSTEM_FILES = {"thumbs.db", "desktop.ini"}
_FORMULA = ("=", "+", "-", "@")  # students choose names, which stand in tables
_READ_ERRORS = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True)
class Found:
    """A file, or an empty folder, below the place that was searched."""

    parts: tuple[str, ...]  # folders, zip files and the file's own name
    content: bytes | None = None  # None if it was not read
    problem: str = ""  # why it cannot be read, as the end of “The file …”
    clutter: str = ""  # whose it is, if it is no student's
    when: datetime | None = None
    clock: str = ""  # whose time that is
    is_folder: bool = False

    @property
    def name(self) -> str:
        """Where it is, as text that no terminal obeys and no spreadsheet runs."""
        name = printable("/".join(self.parts))
        return f"./{name}" if name.startswith(_FORMULA) else name


def printable(text: str) -> str:
    """Replace what a terminal would obey or no file can hold."""
    return "".join(
        it if it.isprintable() else "\N{REPLACEMENT CHARACTER}" for it in text
    )


def find(
    place: Path, wanted: Callable[[str], bool], without: Collection[Path] = ()
) -> Iterator[Found]:
    """Find all files in a folder or zip file, and in the zip files in it.

    Parameters
    ----------
    place : Path
        A folder or a zip file.
    wanted : callable
        Tells of a file's name whether its content is to be read.
    without : collection of Path
        Folders that are not searched.

    Yields
    ------
    Found
        In the order of the names.

    Raises
    ------
    AssignmentError
        If the place is neither a folder nor a zip file, or cannot be read.
    """
    try:
        if place.is_dir():
            closed = frozenset(path.resolve() for path in without)
            yield from _Search(wanted, closed).folder(place, ())
        elif zipfile.is_zipfile(place):
            with place.open("rb") as file:
                search, whole = _Search(wanted), _Budget(_MOST_FROM_ALL)
                for found in search.archive(file, (), whole):
                    if not found.parts:
                        raise AssignmentError(f"{place} {found.problem}.")
                    yield found
        else:
            place.stat()
            msg = (
                f"{place} is neither a folder nor a zip file. Name what was handed in, "
                "or the zip file that the learning management system gave you."
            )
            raise AssignmentError(msg)
    except OSError as error:
        msg = f"The submissions in {place} cannot be read: {error.strerror or error}."
        raise AssignmentError(msg) from None


class _TooMuchError(Exception):
    """More bytes than may be read."""


class _Budget:
    """Bytes that may still be read, by this and by all that it is part of."""

    def __init__(self, left: int, whole: _Budget | None = None) -> None:
        self.left, self.whole = left, whole

    def take(self, number: int) -> None:
        self.left -= number
        if self.left < 0:
            raise _TooMuchError
        if self.whole:
            self.whole.take(number)


@dataclass(frozen=True)
class _Search:
    wanted: Callable[[str], bool]
    closed: frozenset[Path] = frozenset()

    def folder(self, folder: Path, parts: tuple[str, ...]) -> Iterator[Found]:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        if not entries and parts:
            yield Found(parts, is_folder=True)
        for entry in entries:
            inner = (*parts, _normal(entry.name))
            try:
                yield from self._entry(entry, inner)
            except OSError as error:
                yield Found(inner, problem=f"cannot be read: {error.strerror or error}")

    def _entry(
        self, entry: os.DirEntry[str], parts: tuple[str, ...]
    ) -> Iterator[Found]:
        clutter = _clutter(parts)
        if entry.is_symlink():
            yield Found(parts, problem="is a link to another file: links are not read")
        elif entry.is_dir(follow_symlinks=False):
            if clutter:
                yield Found(parts, clutter=clutter, is_folder=True)
            elif Path(entry.path).resolve() in self.closed:
                return
            elif len(parts) > _DEEPEST_FOLDER:
                yield Found(parts, problem="lies too deep in folders")
            else:
                yield from self.folder(Path(entry.path), parts)
        elif clutter:
            yield Found(parts, clutter=clutter)
        else:
            yield from self._file(entry.path, parts)

    def _file(self, path: str, parts: tuple[str, ...]) -> Iterator[Found]:
        # Neither a link that was put here since, nor a pipe that nobody writes to.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
        flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        before = os.stat(path, follow_symlinks=False)
        if not stat.S_ISREG(before.st_mode):
            yield Found(parts, problem="is no ordinary file, but a device or a pipe")
            return
        found = Found(parts, when=_file_time(before.st_mtime), clock=FILE_TIME)
        with os.fdopen(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                yield replace(found, problem="is no ordinary file")
            elif not _is_zip(parts[-1]) and not self.wanted(parts[-1]):
                yield found
            elif _is_zip(parts[-1], file.peek(4)):
                yield from self.archive(file, parts, _Budget(_MOST_FROM_ZIP))
            elif before.st_size > LARGEST:
                yield replace(found, problem=_too_large())
            else:
                yield _read(found, file)

    def archive(
        self, file: IO[bytes], parts: tuple[str, ...], budget: _Budget, depth: int = 0
    ) -> Iterator[Found]:
        limit = _DIRECTORY_INSIDE if depth else _DIRECTORY
        try:
            size = _directory_size(file)
            if size is None:
                yield Found(parts, problem="is no zip file that can be read")
                return
            if size > limit:
                yield Found(parts, problem="is a zip file of too many files")
                return
            archive = zipfile.ZipFile(file)
        except _READ_ERRORS:
            yield Found(parts, problem="is no zip file that can be read")
            return
        with archive:
            members = sorted(archive.infolist(), key=lambda info: info.filename)
            if not members and parts:
                yield Found(parts, problem="is an empty zip file")
            for info in members:
                own = budget if depth else _Budget(_MOST_FROM_ONE, budget)
                yield from self._member(archive, info, parts, own, depth)

    def _member(
        self,
        archive: zipfile.ZipFile,
        info: zipfile.ZipInfo,
        outer: tuple[str, ...],
        budget: _Budget,
        depth: int,
    ) -> Iterator[Found]:
        name = _member_name(info)
        inner = tuple(it for it in name.split("/") if it not in ("", "."))
        inner = inner or ("?",)
        found = Found((*outer, *inner), when=_zip_time(info), clock=ZIP_TIME)
        problem = _member_problem(name, info, len(found.parts))
        if _clutter(found.parts):
            yield replace(found, clutter=_clutter(found.parts))
        elif problem:
            # A long name says no more than its start.
            start = tuple(
                part[:_LONGEST_NAME] for part in found.parts[:_DEEPEST_FOLDER]
            )
            yield replace(found, parts=start, problem=problem)
        elif not info.is_dir():
            is_zip = _is_zip(name)
            if not is_zip and not self.wanted(inner[-1]):
                yield found
                return
            limit = _LARGEST_ZIP if is_zip else LARGEST
            if info.file_size > limit:
                yield replace(found, problem=_too_large(limit))
                return
            try:
                budget.take(info.file_size)
                with archive.open(info) as file:
                    found = _read(found, file, limit)
            except _TooMuchError:
                yield replace(found, problem="holds too much to be read")
                return
            except _READ_ERRORS:
                yield replace(found, problem="is damaged in its zip file")
                return
            content = found.content
            if content is not None and _is_zip(name, content):
                if depth >= _ZIPS_INSIDE_ZIPS:
                    problem = "lies in too many zip files, one in another"
                    yield replace(found, content=None, problem=problem)
                else:
                    inside = io.BytesIO(content)
                    yield from self.archive(inside, found.parts, budget, depth + 1)
            else:
                yield found


def _read(found: Found, file: IO[bytes], limit: int = LARGEST) -> Found:
    content = file.read(limit + 1)
    if len(content) > limit:
        return replace(found, problem=_too_large(limit))
    return replace(found, content=content)


def _too_large(limit: int = LARGEST) -> str:
    return f"is larger than {limit // 2**20} MiB"


def _is_zip(name: str, start: bytes = b"") -> bool:
    return name.lower().endswith((".zip", ".zip.txt")) or start[:4] == b"PK\x03\x04"


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _clutter(parts: tuple[str, ...]) -> str:
    """Tell what made a file that nobody handed in."""
    name = parts[-1] if parts else ""
    if _LEAVES_NOTHING & set(parts) or name.lower() in _SYSTEM_FILES:
        return "an operating system's or an editor's own file"
    if name.startswith((".", "~$")) or name.endswith(("~", ".swp", ".tmp")):
        return "a hidden or temporary file"
    if name.startswith("#") and name.endswith("#"):
        return "an editor's automatic copy"
    if "-checkpoint.ipynb" in name.lower():
        return "Jupyter's automatic copy"
    return ""


def _member_name(info: zipfile.ZipInfo) -> str:
    """Decode a name as its writer meant it.

    Without the flag for UTF-8 a name is in the code page of early personal computers,
    says the format; macOS and many libraries write UTF-8 all the same.
    """
    name = info.orig_filename.partition("\x00")[0]
    if not info.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return _normal(name.replace("\\", "/"))


def _member_problem(name: str, info: zipfile.ZipInfo, depth: int) -> str:
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode)
    path = PurePosixPath(name)
    if kind == stat.S_IFLNK:
        return "is a link to another file: links are not read"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is no ordinary file, but a device or a pipe"
    drive = name[:1].isalpha() and name[1:3] == ":/"
    if path.is_absolute() or drive or ".." in path.parts or not path.parts:
        return "has a name that leads out of its zip file"
    if depth > _DEEPEST_FOLDER:
        return "lies too deep in folders"
    if max(len(part.encode(errors="replace")) for part in path.parts) > _LONGEST_NAME:
        return "has a name that is too long"
    if info.is_dir():
        return ""
    if info.flag_bits & 1:
        return "is encrypted: hand it in without a password"
    if info.compress_type not in _METHODS:
        return "is compressed in a way that cannot be read: zip it again"
    if info.file_size > max(_SMALL, _RATIO * info.compress_size):
        return "would grow more than a notebook can when it is unpacked"
    return ""


def _file_time(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _zip_time(info: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*info.date_time)
    except ValueError:
        return None


def _directory_size(file: IO[bytes]) -> int | None:
    """Read how long a zip file's directory is, before all of it is read.

    By the format's description (APPNOTE.TXT, sections 4.3.14 to 4.3.16) the size stands
    in the record at the file's end, or in an earlier one for files of more than 4 GiB.
    """
    end = file.seek(0, os.SEEK_END)
    start = max(0, end - 65_557)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        return None
    sizes = [struct.unpack_from("<I", tail, at + 12)[0]]
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        sizes = []
        # Where the locator says, and where Python has looked, right before it.
        (named,) = struct.unpack_from("<Q", tail, at - 12)
        for place in (named, start + at - 20 - 56):
            if 0 <= place <= end - 56:
                file.seek(place)
                record = file.read(56)
                if record[:4] == b"PK\x06\x06":
                    sizes += struct.unpack_from("<Q", record, 40)
    file.seek(0)
    return max(sizes, default=None)
