"""Solutions: in place, folded, collected in an appendix, or nowhere, as the build decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.domains import Domain
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, new_document
from sphinx.util.nodes import make_refnode

from derivgen.frozen import dataclass
from derivgen.language import Wording
from derivgen.sphinx.nodes import Appendix, Folded, Formula, SolutionPointer
from derivgen.sphinx.specs import language_of

if TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)
Nodes = list[nodes.Node]
MODES = ("inline", "folded", "appendix", "none")
"""Where solutions may stand: the values of `derivgen_solutions` and of the option `solutions`."""


def register(app: Sphinx) -> None:
    """Register the directives, what keeps the solutions, and what puts them where they belong."""
    for node in (SolutionPointer, Appendix):
        app.add_node(node)
    app.add_domain(Solutions)
    app.add_directive("derivgen-solution", SolutionDirective)
    app.add_directive("derivgen-solutions", AppendixDirective)
    app.add_post_transform(Unfold)
    app.connect("doctree-resolved", fill_in)
    app.connect("env-updated", to_be_written_again)


def mode_option(written: str) -> str:
    """Return the value of an option `solutions`."""
    return directives.choice(written, MODES)


@dataclass(frozen=True)
class Collected:
    """A solution for the appendix: its own anchor, that of its task, what it is called and what it says."""

    anchor: str
    task: str
    title: str
    content: tuple[nodes.Node, ...]

    @property
    def digest(self) -> str:
        """Return a digest that changes when anything of the solution does."""
        told = [self.anchor, self.task, self.title, *(node.pformat() for node in self.content)]
        return sha256("\0".join(told).encode()).hexdigest()


class Solutions(Domain):
    """Keeps the solutions that stand in the appendix, by the document they come from, and the documents that collect them."""

    name = "derivgen"
    label = "derivgen"
    initial_data: ClassVar[dict[str, Any]] = {"solutions": {}, "appendices": {}, "written": ()}
    data_version = 1
    enumerable_nodes: ClassVar[dict[type[nodes.Node], tuple[str, Any]]] = {Formula: ("displaymath", None)}  # with `numfig`

    @property
    def solutions(self) -> dict[str, list[Collected]]:
        """Return what each document has for the appendix."""
        return self.data["solutions"]

    @property
    def appendices(self) -> dict[str, bool]:
        """Return the documents that hold `derivgen-solutions`."""
        return self.data["appendices"]

    @property
    def appendix(self) -> str | None:
        """Return the first document of the appendix, in reading order."""
        return next((name for name in in_reading_order(self.env) if name in self.appendices), None)

    def collect(self, docname: str, solution: Collected) -> None:
        """Keep a document's next solution."""
        self.solutions.setdefault(docname, []).append(solution)

    def clear_doc(self, docname: str) -> None:
        """Forget a document."""
        self.solutions.pop(docname, None)
        self.appendices.pop(docname, None)

    def merge_domaindata(self, docnames: Any, otherdata: dict[str, Any]) -> None:
        """Take in what another process has read."""
        for key in ("solutions", "appendices"):
            self.data[key].update({name: kept for name, kept in otherdata[key].items() if name in docnames})

    def check_consistency(self) -> None:
        """Warn where solutions are to stand in an appendix that is nowhere."""
        if self.solutions and self.appendix is None:
            first = next(name for name in in_reading_order(self.env) if name in self.solutions)
            message = "the solutions are to stand in an appendix, but no page has the directive derivgen-solutions"
            logger.warning(message, location=first, type="derivgen", subtype="solutions")

    def resolve_any_xref(
        self, env: BuildEnvironment, fromdocname: str, builder: Builder, target: str, node: pending_xref, contnode: nodes.Element
    ) -> list[tuple[str, nodes.reference]]:
        """Return nothing: there is nothing here to refer to by a role."""
        return []


def placed(directive: SphinxDirective, mode: str, title: str, content: Nodes, words: Wording) -> Nodes:
    """Return what stands at the place of a solution: itself, folded or not, a link to the appendix, or nothing.

    `title` says in the appendix what it is the solution of; the directive's task gets an anchor.
    """
    env, heading = directive.env, words.say("Solution")
    if mode == "none" or not content:
        return []
    if mode == "inline":
        return [nodes.admonition("", nodes.title(heading, heading), *content, classes=["derivgen-solution"])]
    if mode == "folded":
        return [Folded("", *content, title=heading)]
    number = env.new_serialno("derivgen-solution") + 1
    task = nodes.make_id(f"derivgen-task-{number}")
    anchor = nodes.make_id(f"derivgen-solution-{env.docname}-{number}")
    domain = env.get_domain("derivgen")
    assert isinstance(domain, Solutions)
    domain.collect(env.docname, Collected(anchor, task, title or f"{heading} {number}", tuple(content)))
    return [SolutionPointer("", task=task, docname=env.docname, anchor=anchor, title=heading)]


class SolutionDirective(SphinxDirective):
    """The author's own solution to something: what stands in it is shown where solutions are."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {"solutions": mode_option}

    def run(self) -> Nodes:
        """Return the solution, where the build has it; it is not even read where there are none."""
        mode = self.options.get("solutions") or self.config.derivgen_solutions
        if mode == "none":
            return []
        words = Wording(language_of(self.env))
        return placed(self, mode, " ".join(self.arguments), self.parse_content_to_nodes(), words)


class AppendixDirective(SphinxDirective):
    """Where the solutions of all pages are collected."""

    def run(self) -> Nodes:
        """Return a place that is filled in when all pages are read."""
        domain = self.env.get_domain("derivgen")
        assert isinstance(domain, Solutions)
        domain.appendices[self.env.docname] = True
        return [Appendix("", docname=self.env.docname)]


def in_reading_order(env: BuildEnvironment) -> Iterator[str]:
    """Yield all documents, from the first one through the tables of contents; then those that stand in none."""
    seen: dict[str, None] = {}
    waiting = [env.config.root_doc]
    while waiting:
        name = waiting.pop(0)
        if name not in seen and name in env.all_docs:
            seen[name] = None
            waiting[:0] = env.toctree_includes.get(name, [])
    yield from (*seen, *(name for name in sorted(env.all_docs) if name not in seen))


def to_be_written_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the appendix, where a solution has changed; the pages that point into it, where it has moved."""
    domain = env.get_domain("derivgen")
    assert isinstance(domain, Solutions)
    digests = tuple(one.digest for name in in_reading_order(env) for one in domain.solutions.get(name, []))
    appendix, before = domain.appendix, domain.data["written"]
    now = (appendix, *digests)
    domain.data["written"] = now
    if now == before:
        return []
    moved = not before or before[0] != appendix
    return [*domain.appendices, *(domain.solutions if moved else ())]


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a link in the place of each pointer, the solutions in that of each appendix."""
    domain = app.env.get_domain("derivgen")
    assert isinstance(domain, Solutions)
    appendix = domain.appendix
    for pointer in list(doctree.findall(SolutionPointer)):
        linked = [] if appendix is None else [_link(app.builder, pointer, appendix)]
        pointer.replace_self(linked)
    for place in list(doctree.findall(Appendix)):
        place.replace_self(list(_entries(app, domain, place["docname"])))


def _link(builder: Builder, pointer: SolutionPointer, appendix: str) -> nodes.paragraph:
    words = nodes.Text(pointer["title"])
    reference = make_refnode(builder, pointer["docname"], appendix, pointer["anchor"], words)
    anchor = nodes.target("", "", ids=[pointer["task"]])
    return nodes.paragraph("", "", anchor, reference, classes=["derivgen-solution-link"])


def _entries(app: Sphinx, domain: Solutions, docname: str) -> Iterable[nodes.Node]:
    """Yield every solution under a line that leads back to its task."""
    for name in in_reading_order(domain.env):
        for one in domain.solutions.get(name, []):
            page = domain.env.titles[name].astext() if name in domain.env.titles else ""
            said = nodes.Text(f"{page}: {one.title}" if page else one.title)
            back = make_refnode(app.builder, docname, name, one.task, nodes.strong("", "", said))
            content = [node.deepcopy() for node in one.content]
            first = nodes.paragraph("", "", nodes.target("", "", ids=[one.anchor]), back)
            entry = nodes.container("", first, *content, classes=["derivgen-solution"])
            _resolve(app, entry, docname)
            yield entry


def _resolve(app: Sphinx, entry: nodes.Element, docname: str) -> None:
    """Resolve the references within a solution, as seen from the page it stands on now."""
    from sphinx.addnodes import pending_xref

    found = list(entry.findall(pending_xref))
    if found:
        for reference in found:
            reference["refdoc"] = docname
        holder = new_document("")
        holder += entry
        app.env.resolve_references(holder, docname, app.builder)
        holder.remove(entry)


class Unfold(SphinxPostTransform):
    """What folds stands open where nothing can fold."""

    default_priority = 100

    def run(self, **kwargs: Any) -> None:
        """Turn details into an admonition."""
        if self.app.builder.format != "html":
            for folded in list(self.document.findall(Folded)):
                title = nodes.title(folded["title"], folded["title"])
                folded.replace_self(nodes.admonition("", title, *folded.children, classes=["derivgen-solution"]))
