"""The pytask plugin: the pages that a `_toc.yml` lists are tasks.

So ``pytask`` alone brings the pages of a book up to date, ``pytask --explain`` says why
one is stale, and the Sphinx extension uses the very same tasks.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from pytask import hookimpl


@hookimpl(wrapper=True)
def pytask_parse_config(config: dict[str, Any]) -> Generator[None, Any, Any]:
    """Register the other hooks, and configure a build.

    pytask loads this module while it is imported itself, perhaps by one of the modules
    that the other hooks need.
    """
    from papermill_pages import hooks

    config["pm"].register(hooks)
    paths = hooks.configure(config)
    try:
        parsed = yield
    except OSError as error:
        hooks.tell_unwritable(config, error)
        raise
    # pytask takes paths for patterns, and finds nothing in a folder such as `book [1]`.
    config["paths"] = paths
    return parsed
