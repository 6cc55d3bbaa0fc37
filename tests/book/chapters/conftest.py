"""What a chapter's module of tests is given: its page, at a grid, before and after."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from papermill_pages.sweeps import point_text

from .running import Chapter, carry_out, grid, run

MARKS = (
    "grid(**values): once for each allowed point of a grid of the page's parameters",
    "try_it(number): `before` and `after` are the page around an item of its box",
)


def pytest_configure(config: pytest.Config) -> None:
    for mark in MARKS:
        config.addinivalue_line("markers", mark)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat a test for each point of its grid."""
    mark = metafunc.definition.get_closest_marker("grid")
    if mark:
        points = grid(metafunc.module.CHAPTER, mark.kwargs, quick(metafunc.module))
        names = [point_text({name: it[name] for name in mark.kwargs}) for it in points]
        metafunc.parametrize("chapter", points, indirect=True, ids=names)


@pytest.fixture
def chapter(request: pytest.FixtureRequest) -> Chapter:
    """The chapter of the module, with the parameters that make it quick."""
    parameters = getattr(request, "param", quick(request.module))
    return run(request.module.CHAPTER, parameters)


@pytest.fixture
def before_and_after(request: pytest.FixtureRequest) -> tuple[Chapter, Chapter]:
    mark = request.node.get_closest_marker("try_it")
    if mark is None:
        pytest.fail("Say which item of the box: @pytest.mark.try_it(1)", pytrace=False)
    return carry_out(request.module.CHAPTER, *mark.args, quick(request.module))


@pytest.fixture
def before(before_and_after: tuple[Chapter, Chapter]) -> Chapter:
    """The chapter before what an item of its box says is done."""
    return before_and_after[0]


@pytest.fixture
def after(before_and_after: tuple[Chapter, Chapter]) -> Chapter:
    """The chapter after what an item of its box says was done."""
    return before_and_after[1]


def quick(module: ModuleType) -> dict[str, Any]:
    return getattr(module, "QUICK", {})
