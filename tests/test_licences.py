"""Each package that the book, its tools and its tests need states its licence."""

from __future__ import annotations

from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import pytest

from tests.licences import licence


def test_no_dependency_lacks_a_licence() -> None:
    assert [one.name for one in distributions() if not licence(one)] == []


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("jupyter-book", "BSD License"),  # by a classifier
        ("statsmodels", "BSD-3-Clause"),
        ("sphinx", "BSD License"),
        ("axe-playwright-python", "MIT License"),  # by a file alone
    ],
)
def test_a_licence_is_what_the_package_says(name: str, stated: str) -> None:
    assert licence(distribution(name)) == stated


@pytest.mark.parametrize(
    ("metadata", "stated"),
    [
        ("License-Expression: MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("Classifier: License :: OSI Approved", ""),
        ("Classifier: License :: OSI Approved\nLicense: Own Terms", "Own Terms"),
        ("License: UNKNOWN", ""),
        ("License: BSD\n        Copyright (c) nobody", "BSD"),
        ("Summary: Says nothing.", ""),
    ],
)
def test_the_ways_of_stating_one_are_known(
    tmp_path: Path, metadata: str, stated: str
) -> None:
    folder = tmp_path / "small-1.dist-info"
    folder.mkdir()
    text = f"Metadata-Version: 2.1\nName: small\nVersion: 1\n{metadata}\n"
    (folder / "METADATA").write_text(text)
    assert licence(Distribution.at(folder)) == stated
