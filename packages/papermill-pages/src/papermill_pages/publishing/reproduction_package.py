"""The reproduction package: one archive with all that it takes to repeat a book.

``python -m papermill_pages package`` brings every page up to date and writes
``_build/<name>-<version>.zip``. It holds

- every file under version control, as it is in the folder;
- ``published/``: the executed notebooks and all glued values;
- ``ro-crate-metadata.json``: what ran, on what, with which parameters
  (`papermill_pages.publishing.crate`);
- ``SHA256SUMS``: the hashes of all files, for ``sha256sum --check``.

The archive is the same bytes wherever the same revision is packaged. Its files are
sorted, carry one time, and are stored without compression, since two versions of a
compressor give two archives. A package can be unpacked and packaged again: where there
is no version control, ``SHA256SUMS`` says which files are the book's.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from papermill_pages.build import bring_up_to_date
from papermill_pages.errors import PackagingError
from papermill_pages.outputs import write_atomically
from papermill_pages.pages import Page, build_folder, contents_file
from papermill_pages.plan import plan_book
from papermill_pages.publishing.metadata import (
    Citation,
    Licences,
    read_citation,
    read_licences,
    read_project,
)
from papermill_pages.publishing.origin import (
    METADATA,
    SUMS,
    Origin,
    find_origin,
    published,
)
from papermill_pages.results import results_file
from papermill_pages.settings import Settings


def package_book(root: Path, settings: Settings, report: Callable[[str], None]) -> Path:
    """Bring the pages up to date, write the archive and return its path.

    Raises
    ------
    PackagingError
        If a page fails, or the book lacks what a package needs.
    """
    # What is missing is told before anything runs.
    _describe()
    if contents_file(root).name != "_toc.yml":
        msg = f"{root} has no _toc.yml: a package describes a Jupyter Book."
        raise PackagingError(msg)
    described = read_citation(root), read_licences(root), find_origin(root)
    citation, _, origin = described
    name = read_project(root).get("name", root.name)
    if origin.changed:
        changed = "\n".join(origin.changed)
        report(f"Not as committed, and packaged as it is:\n{changed}")
    plan = plan_book(root, settings)
    failures = bring_up_to_date(plan, report)
    if failures:
        raise PackagingError("\n\n".join(failures))
    contents = assemble(root, plan.pages, *described)
    archive = build_folder(root) / f"{name}-{citation.version}.zip"
    programs = {name for name in origin.files if (root / name).stat().st_mode & 0o100}
    write_atomically(archive, _zipped(contents, programs, origin.time))
    return archive


def assemble(
    root: Path,
    pages: Sequence[Page],
    citation: Citation,
    licences: Licences,
    origin: Origin,
) -> dict[str, bytes]:
    """Put together the files of a package, by their paths in it.

    The pages are all of the book, in its order, and up to date.

    Raises
    ------
    PackagingError
        If rocrate, which describes packages, is not installed.
    """
    describe = _describe()
    contents = {name: (root / name).read_bytes() for name in origin.files}
    written = [product for page in pages for product in page.products]
    for path in (*written, results_file(root)):
        contents[published(path, root)] = path.read_bytes()
    metadata = describe(contents, pages, root, citation, licences, origin)
    contents[METADATA] = metadata.encode()
    sums = (
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in sorted(contents.items())
    )
    contents[SUMS] = "".join(sums).encode()
    return contents


def _describe() -> Callable[..., str]:
    """Return what describes a package, if that is installed."""
    try:
        from papermill_pages.publishing.crate import describe
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("rocrate"):
            raise
        raise PackagingError(
            "A reproduction package is described with 'rocrate', which is not "
            "installed. Install it: pip install 'papermill-pages[package]'"
        ) from None
    return describe


def _zipped(contents: Mapping[str, bytes], programs: set[str], time: int) -> bytes:
    """Return a zip archive whose bytes depend on nothing but the arguments."""
    # A zip archive cannot hold a time before 1980.
    moment = datetime.fromtimestamp(max(time, 315532800), UTC).timetuple()[:6]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, moment)
            entry.create_system = 3  # Unix, so that the mode is read
            mode = 0o100755 if name in programs else 0o100644
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return file.getvalue()
