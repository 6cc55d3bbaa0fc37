"""All notebooks of others' kinds: the same from a kernel and without one."""

from __future__ import annotations

import foreign_notebooks


def test_a_notebook_is_executed_without_a_kernel_as_in_an_ordinary_one() -> None:
    assert foreign_notebooks.main([]) == 0
