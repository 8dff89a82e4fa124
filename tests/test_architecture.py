"""The line the data travels, as the imports have it: each room knows only those to its left."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import derivgen
from derivgen import memo
from tests.product import ROOT

PACKAGE = Path(derivgen.__file__).parent

LINE = (
    "frozen",
    "errors",
    "memo",
    "temporary",
    "cache",
    "language",
    "maths",
    "present",
    "spec",
    "decomposition",
    "graph",
    "derivation",
    "evaluation",
    "array_evaluation",
    "updates",
    "lines",
    "checks",
    "variants",
    "drawings",
    "documents.document",
    "documents.sheet",
    "documents.pictures",
    "blocks",
    "documents.widths",
    "checks.report",
    "checks.arrays",
    "work",
    "machine",
    "array_machine",
    "large_networks",
    "documents",
    "checks.pages",
    "rendering",
    "pieces",
    "typeset",
    "weave",
    "claims",
    "sphinx",
    "classes",
    "serve",
    "api",
    "jupyter",
    "cli",
    "__main__",
)
"""From left to right. A module that stands elsewhere than its folder has its own entry: `documents.sheet` is what blocks are made
from, `checks.report` reads blocks, `checks.pages` documents."""


def modules() -> Iterator[tuple[str, Path]]:
    """Every module's dotted name below the package, and its file."""
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


def imported(file: Path) -> Iterator[str]:
    """What a file imports of the package, wherever in it, by the dotted name below the package."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.partition(".")[2] for name in names if name.split(".")[0] == "derivgen")


def room(module: str) -> str:
    """The entry of the line that a module, or a name in it, belongs to; empty for the package itself."""
    parts = module.split(".")
    two = ".".join(parts[:2])
    return two if two in LINE else parts[0]


def test_every_room_has_its_place() -> None:
    rooms = {room(name) for name, _ in modules()} - {""}
    assert rooms == set(LINE), "a new room needs its place on the line, an old one needs none"


def test_imports_only_go_left() -> None:
    found = [(name, other) for name, file in modules() if name for other in imported(file) if other != "__version__"]
    assert len(found) > 300, "the search for imports is broken"
    wrong = [f"{name} imports {other}" for name, other in found if LINE.index(room(other)) > LINE.index(room(name))]
    assert wrong == []


def test_no_circles() -> None:
    """No module imports one that imports it, not even over others, within functions included."""
    known = dict(modules())
    needs = {name: {_module_of(other, known) for other in imported(file)} - {name, ""} for name, file in known.items()}
    assert sum(map(len, needs.values())) > 1000, "the search for imports is broken"
    while free := [name for name, others in needs.items() if not others & needs.keys()]:
        for name in free:
            del needs[name]
    assert sorted(needs) == [], "these stand in a circle, or need one that does"


def _module_of(name: str, known: Mapping[str, Path]) -> str:
    """Return the module that an imported name is, or stands in; empty for the package itself."""
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def test_the_search_sees_imports_inside_functions(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text("def f():\n    from derivgen.cli.commands import main\n    import derivgen.graph\n", encoding="utf-8")
    assert [room(name) for name in imported(file)] == ["cli", "graph"]


MAY_USE = {
    "yaml": {"spec"},
    "lark": {"maths", "cache", "claims"},
    "sympy": {"maths"},
    "jinja2": {"rendering"},
    "pikepdf": {"typeset"},
    "babel": {"language"},
    "rich": {"cli", "rendering"},
    "click": {"cli"},
    "werkzeug": {"serve"},
    "sphinx": {"sphinx"},
    "docutils": {"sphinx"},
    "distributed": {"classes"},
    "fsspec": {"classes"},
    "numpy": {"checks", "maths", "spec", "variants"},
    "markdown_it": {"weave"},
    "IPython": {"api", "jupyter"},
}
"""Which rooms may import which package: SymPy is the judge, so it is asked in one place; YAML is read in one place; ….."""


@pytest.mark.parametrize("package", MAY_USE)
def test_each_dependency_stays_in_its_room(package: str) -> None:
    users = set()
    for name, file in modules():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(other.split(".")[0] == package for other in names):
                users.add(room(name))
    assert users, f"nothing uses {package}: is it still a dependency?"
    assert users <= MAY_USE[package]


def test_nothing_a_user_wrote_is_handed_to_python() -> None:
    """No eval, no exec, no sympify, no parse_expr, no yaml.load, no shell. (`frozen` compiles its own names of fields.)"""
    called = []
    for name, file in modules():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                function = node.func
                called.append((name, function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")))
                assert not any(keyword.arg == "shell" for keyword in node.keywords), name
    assert len(called) > 1000
    forbidden = {"eval", "exec", "sympify", "parse_expr", "unsafe_load", "full_load", "system", "popen", "__import__"}
    assert [(name, function) for name, function in called if function in forbidden] == [("frozen", "exec")]


def test_frozen_classes_are_cheap_to_declare() -> None:
    """What is frozen is declared by `derivgen.frozen`."""
    frozen = [(name, text) for name, file in modules() if "@dataclass(frozen=True" in (text := file.read_text(encoding="utf-8"))]
    assert len(frozen) > 100, "the search for frozen classes is broken"
    assert [name for name, text in frozen if re.search(r"^from dataclasses import .*\bdataclass\b", text, re.M)] == []


def test_importing_the_package_is_cheap() -> None:
    program = "import sys, derivgen; print([name for name in ('sympy', 'numpy', 'lark', 'yaml', 'click') if name in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment, timeout=1200
    )
    assert ran.stdout.strip() == "[]"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name
        for name, file in modules()
        if (text := file.read_text(encoding="utf-8")).strip() and ast.get_docstring(ast.parse(text)) is None
    ]
    assert silent == []


def test_every_cache_is_listed_in_one_place() -> None:
    """No module keeps results by itself, each listed cache is used (a plain one once), and they are few and bounded."""
    own, used = [], []
    listed = {name: cache for name, cache in vars(memo).items() if isinstance(cache, memo.Cache)}
    for name, file in modules():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if name != "memo":
            imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "functools"]
            own += [name for node in imports for alias in node.names if alias.name in ("cache", "lru_cache")]
            used += [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in listed]
    assert own == []
    assert set(used) == set(listed) and tuple(listed.values()) == memo.CACHES
    assert all(used.count(name) == 1 for name, cache in listed.items() if not isinstance(cache, memo.SharedCache))
    assert 10 < len(listed) <= 20 and all(0 < cache.most <= 200_000 for cache in listed.values())


NO_VERB = re.compile(
    r"(The|An?|What|Whether|How|Where|Each|Every|All|Which|Of|In|No|This|These|With|Several|If|Why|Who|When|It|As|For)\b|[^A-Z`]"
)


def test_public_docstrings_begin_with_a_verb() -> None:
    """A function's first word says what it does: "Return …", "Write …"; a property may have a noun."""
    told = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and (text := ast.get_docstring(node)):
                value = any(isinstance(each, ast.Name) and each.id.endswith("property") for each in node.decorator_list)
                told += [] if value else [(f"{path.relative_to(PACKAGE)}:{node.lineno}", text)]
    assert len(told) > 1_000
    assert [where for where, text in told if NO_VERB.match(text)] == []
