"""What the pages of a book refer to, as a notebook outside its site can state it."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urljoin

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.domains.std import StandardDomain
from sphinx.environment import BuildEnvironment
from sphinx.roles import XRefRole

from papermill_pages.insides import glued_output
from papermill_pages.pages import Page
from papermill_pages.plain_markdown import Link

_NUMBERS = {**dict.fromkeys("bcdoxX", int), **dict.fromkeys("eEfFgGn%", float)}


class DomainThatReadsOnce(StandardDomain):
    """Sphinx's standard domain, but that it reads a page once to number references.

    Sphinx unpickles a whole page for each reference to a number on it, which can take
    most of a build: https://github.com/sphinx-doc/sphinx/issues/12883. Its bytes are
    kept by Sphinx, too, from the first reference to the end of the build.
    """

    def __init__(self, env: BuildEnvironment) -> None:
        super().__init__(env)
        self._pages = dict[str, nodes.document]()

    def resolve_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: addnodes.pending_xref,
        contnode: nodes.Element,
    ) -> nodes.Element | None:
        """Return where a reference leads; nothing if nowhere."""
        if typ == "numref":
            env = cast(BuildEnvironment, _ReadsOnce(env, self._pages))
        return super().resolve_xref(
            env, fromdocname, builder, typ, target, node, contnode
        )


class _ReadsOnce:
    """Sphinx's environment, whose pages are only looked at."""

    def __init__(self, env: BuildEnvironment, pages: dict[str, nodes.document]) -> None:
        self._env = env
        self._pages = pages

    def __getattr__(self, name: str) -> Any:
        return getattr(self._env, name)

    def get_doctree(self, docname: str) -> nodes.document:
        if docname not in self._pages:
            self._pages[docname] = self._env.get_doctree(docname)
        return self._pages[docname]


class PageReferences:
    """The `References` of one page of a site that Sphinx has read.

    Links lead to the published site if the book's configuration says where it will
    stand (`html_baseurl`), else to the pages beside the notebook.
    """

    def __init__(self, app: Sphinx, docname: str, glued: GluedValues) -> None:
        self.app = app
        self.docname = docname
        self.glued = glued
        # The labels of what this page names itself, where others name the same.
        self.own = dict[str, str]()

    def value(self, content: str) -> str | None:
        """Return a glued value as MyST-NB's role `glue:text` formats it."""
        key, _, spec = content.rpartition(":") if ":" in content else (content, "", "s")
        document, separator, name = key.rpartition("::")
        docname = self._docname(document) if separator else self.docname
        text = self.glued.of(docname or "").get(name)
        return None if text is None else _formatted(text, spec)

    def link(self, target: str) -> Link | None:
        """Return where a Markdown link to a page or to a label leads."""
        path, _, anchor = target.partition("#")
        if not path:
            # A label without a title can be referred to by explicit text alone.
            return self.role("ref", anchor, None) or self.role("ref", anchor, anchor)
        docname = None if "://" in path else self._docname(path)
        if docname is None:
            return None
        url = self.app.builder.get_relative_uri(self.docname, docname)
        title = self.app.env.titles[docname].astext()
        return Link(title, self._address(f"{url}#{anchor}" if anchor else url))

    def role(self, name: str, target: str, text: str | None) -> Link | None:
        """Return where a role of Sphinx's standard domain, `eq` or a citation leads.

        A citation of several works leads to the first.
        """
        domains = {"eq": "math", "cite": "cite"}
        prefix, _, rest = name.partition(":")
        if domains.get(prefix) not in (None, *self.app.env.domains):
            return None
        domain = self.app.env.get_domain(domains.get(prefix, "std"))
        name = rest or name
        known = domain.roles.get(name)
        if not isinstance(known, XRefRole):
            return None
        target = " ".join(target.lower().split() if known.lowercase else target.split())
        if name in ("ref", "numref"):
            target = self.own.get(target, target)
        words = nodes.inline("", " ".join((text or target).split()))
        asked = addnodes.pending_xref(
            "",
            words,
            refdoc=self.docname,
            refdomain=domain.name,
            reftype=name,
            reftarget=target,
            refexplicit=text is not None,
            refwarn=False,
        )
        made = domain.resolve_xref(
            self.app.env,
            self.docname,
            self.app.builder,
            name,
            target,
            asked,
            words.deepcopy(),
        )
        leading = [] if made is None else list(made.findall(nodes.reference))
        if made is None or not leading:
            return None
        url = leading[0].get("refuri") or f"#{leading[0]['refid']}"
        return Link(made.astext(), self._address(url))

    @property
    def page(self) -> Link:
        """The page itself."""
        return Link(self.app.env.titles[self.docname].astext(), self._address(""))

    def _docname(self, path: str) -> str | None:
        _, file = self.app.env.relfn2path(path, self.docname)
        docname = self.app.env.path2doc(file)
        return docname if docname in self.app.env.found_docs else None

    def _address(self, relative: str) -> str:
        page = self.app.builder.get_target_uri(self.docname)
        site: str = self.app.config.html_baseurl
        if site:
            return urljoin(urljoin(site, page), relative)
        if relative and not relative.startswith("#"):
            return relative
        return page.rpartition("/")[2] + relative


class GluedValues:
    """The values that executed pages have glued, each as its notebook keeps it."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self.pages = pages
        self.known = dict[str, dict[str, str]]()

    def of(self, docname: str) -> dict[str, str]:
        """Return the values of a page by name, none if it is not executed."""
        if docname not in self.known:
            self.known[docname] = {}
            if docname in self.pages:
                text = self.pages[docname].executed.read_text(encoding="utf-8")
                for cell in json.loads(text)["cells"]:
                    for output in cell.get("outputs", ()):
                        name, data = glued_output(output)
                        if name and "text/plain" in data:
                            lines = "".join(data["text/plain"])
                            self.known[docname][name] = lines
        return self.known[docname]


def _formatted(text: str, spec: str) -> str | None:
    """Format a value by a specification whose last letter is its type.

    A negative number has a minus sign, as on the page.
    """
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    try:
        shown = format(_NUMBERS.get(spec[-1:], str)(value), spec)
    except (TypeError, ValueError):
        return None
    return shown if isinstance(value, str) else shown.replace("-", "−")
