"""The book for Sphinx alone: ``sphinx-build . _build/html`` in place of Jupyter Book.

Jupyter Book 1 stays with Sphinx 7. It translates `_config.yml` for Sphinx; this file
does the same for the keys that the book has, so that it also builds where there is no
Jupyter Book. `_toc.yml` is read by sphinx-external-toc, by both.
"""

from pathlib import Path

import yaml

_book = yaml.safe_load(Path(__file__).with_name("_config.yml").read_text("utf-8"))
_html = dict(_book["html"])
_execute = dict(_book["execute"])

# What Jupyter Book sets for every book, where Sphinx has another default.
html_sourcelink_suffix = ""
html_theme = "sphinx_book_theme"
html_theme_options = {
    "search_bar_text": "Search this book...",
    "home_page_in_toc": True,
    "use_repository_button": False,
    "use_edit_page_button": False,
    "use_issues_button": False,
}
myst_url_schemes = ["mailto", "http", "https"]
nb_execution_timeout = 30
numfig = True
pygments_style = "sphinx"
suppress_warnings = ["myst.domains"]

# What the book sets, in Jupyter Book's words.
html_title = _book["title"]
author = _book["author"]
copyright = _book["copyright"]  # noqa: A001 - the name is Sphinx's
exclude_patterns = _book["exclude_patterns"]
external_toc_exclude_missing = _book["only_build_toc_files"]
html_favicon = _html.pop("favicon")
html_theme_options |= _html
nb_execution_mode = _execute.pop("execute_notebooks")
myst_enable_extensions = _book["parse"]["myst_enable_extensions"]

# What it sets in Sphinx's own. These two, which Jupyter Book brings, do nothing here.
_idle = ("jupyter_book", "sphinx_comments")
for _name, _value in _book["sphinx"]["config"].items():
    if _name == "extensions":
        _value = [it for it in _value if it not in _idle]
    elif isinstance(_value, dict):
        _value = {**globals().get(_name, {}), **_value}
    globals()[_name] = _value
