"""The HTML of an explorer: native controls, which a script brings to life."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any, TypeAlias

from docutils import nodes

from papermill_pages.explorers import BUTTONS, LIST, Control, Explorer, Map

Room: TypeAlias = list[str] | list[tuple[float, float]]
"""What needs most room: paragraphs as HTML, or pictures by width and height in px."""


def identifier(name: str) -> str:
    """Return the id of an explorer on its page."""
    return f"explore-{nodes.make_id(name)}"


def controls(made: Explorer, name: str, mapped: Map | None) -> str:
    """Return the controls, which need the script, and what is shown."""
    place = made.places[made.start]
    fields = "".join(
        _field(name, control, at)
        for control, at in zip(made.controls, place, strict=True)
    )
    shown = escape(made.words(made.start))
    return (
        '<form class="explorer-controls" aria-label="Choose what is shown">'
        f'<fieldset class="explorer-fields" disabled="disabled">{fields}</fieldset>'
        f"</form>\n{_map(made, mapped) if mapped else ''}"
        '<p class="explorer-shown" role="status"><span>'
        '<span class="explorer-told">Shown: </span>'
        f'<span class="explorer-words">{shown}</span>'
        '<span class="explorer-moved"></span></span></p>\n'
    )


def links(made: Explorer, notebook: str, table: str) -> str:
    """Return what stands below the outputs, from the addresses of two downloads."""
    others = ", those of other pages too," if made.fixed else ""
    return (
        '<p class="explorer-links">'
        f'<a class="explorer-notebook" href="{escape(notebook)}" download="download">'
        f'Executed notebook of this choice (.zip)</a> · <a href="{escape(table)}" '
        f'download="download">All {len(made.sweep.points):,} choices{others} as a '
        "table (.csv)</a></p>\n"
        '<details class="explorer-command">'
        "<summary>Command that reproduces this</summary>"
        f'<pre tabindex="0"><code>{escape(made.command(made.start))}</code></pre>'
        "</details>\n"
    )


def facts(
    made: Explorer,
    name: str,
    mapped: Map | None,
    folder: str,
    files: Sequence[str | None],
    rooms: Sequence[Room],
) -> str:
    """Return what the script has to know.

    The files are those of the points. The rooms are, output by output, the longest
    paragraphs that points have there, or the sizes of the highest pictures.
    """
    known: dict[str, Any] = {
        "name": name,
        "controls": [
            {"name": it.name, "title": it.title, "texts": it.texts}
            for it in made.controls
        ],
        "places": made.places,
        "start": made.start,
        "folder": folder,
        "files": files,
        "rooms": rooms,
    }
    if mapped:
        known["map"] = {
            "rows": mapped.rows,
            "columns": mapped.columns,
            "texts": mapped.texts(),
            "shades": mapped.shades(),
        }
    # No text may end the script early.
    text = json.dumps(known, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c")
    return f'<script type="application/json">{text}</script>\n'


def _field(explorer: str, control: Control, at: int) -> str:
    name = escape(f"{explorer}.{control.name}")
    own_id = escape(f"{identifier(explorer)}-{control.name}")
    title = escape(control.title)
    texts = [escape(text) for text in control.texts]
    if control.kind == BUTTONS:
        buttons = "".join(
            f'<label><input type="radio" name="{name}" value="{value}"'
            f"{_if(value == at, 'checked')}/> {text}</label>"
            for value, text in enumerate(texts)
        )
        return (
            '<fieldset class="explorer-field explorer-buttons">'
            f"<legend>{title}</legend>{buttons}</fieldset>"
        )
    if control.kind == LIST:
        options = "".join(
            f'<option value="{value}"{_if(value == at, "selected")}>{text}</option>'
            for value, text in enumerate(texts)
        )
        return (
            f'<div class="explorer-field"><label for="{own_id}">{title}</label>'
            f'<select id="{own_id}" name="{name}">{options}</select></div>'
        )
    return (
        f'<div class="explorer-field explorer-range"><label for="{own_id}">{title}'
        f'</label><span class="explorer-value">{texts[at]}</span>'
        f'<input type="range" id="{own_id}" name="{name}" min="0" '
        f'max="{len(texts) - 1}" value="{at}" aria-valuetext="{texts[at]}"/>'
        f'<span class="explorer-ends" aria-hidden="true"><span>{texts[0]}</span>'
        f"<span>{texts[-1]}</span></span></div>"
    )


def _map(made: Explorer, mapped: Map) -> str:
    """Return an empty map; when the script fills it, nothing else moves."""
    rows, columns = made.controls[mapped.rows], made.controls[mapped.columns]
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in columns.texts)
    cells = "<td></td>" * len(columns.texts)
    body = "".join(
        f'<tr><th scope="row">{escape(text)}</th>{cells}</tr>' for text in rows.texts
    )
    title = f"{rows.title} (rows) and {columns.title.lower()} (columns)"
    return (
        '<details class="explorer-map" open="open"><summary>Choose on a map</summary>'
        f"<table><caption>{escape(title)}</caption><thead><tr><td></td>{head}</tr>"
        f"</thead><tbody>{body}</tbody></table></details>\n"
    )


def _if(holds: bool, attribute: str) -> str:
    return f' {attribute}="{attribute}" ' if holds else " "
