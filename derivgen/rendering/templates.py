"""Templates: where they lie, and the strict Jinja2 environment that fills them and escapes what is not marked as safe."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_PACKAGE = Path(__file__).resolve().parent.parent


class Safe(str):
    """Text in the output's own language, printed as it is; any other value a template prints is escaped."""

    __slots__ = ()


def folder(name: str) -> Path:
    """The folder of a format's templates: inside the package as installed, or beside it in a checkout."""
    for parent in (_PACKAGE / "templates", _PACKAGE.parent / "templates"):
        if (parent / name).is_dir():
            return parent / name
    raise FileNotFoundError(f"no templates for {name}: neither in {_PACKAGE} nor beside it")


@cache
def environment(name: str, escape: Callable[[str], str], **delimiters: str) -> Environment:
    """The environment of a format; unknown names are errors, and `escape` is applied to all that is not `Safe`."""

    def finished(value: Any) -> str:
        return value if isinstance(value, Safe) else escape(str(value))

    made = Environment(
        loader=FileSystemLoader(folder(name)),
        undefined=StrictUndefined,
        autoescape=False,
        finalize=finished,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        **delimiters,  # type: ignore[arg-type]
    )
    made.filters["indent"] = indented
    made.filters["join"] = joined
    made.filters["tex"] = Safe  # for a template's own macros, never for what comes from a document
    return made


def indented(text: Safe, width: int = 2) -> Safe:
    """The text with every line but the first moved to the right."""
    return Safe(text.strip("\n").replace("\n", "\n" + " " * width))


def joined(parts: tuple[Safe, ...], sign: str) -> Safe:
    """Safe parts in a row; raises TypeError for a part that is not safe."""
    if not all(isinstance(part, Safe) for part in parts):
        raise TypeError("only safe text can be joined in a template")
    return Safe(sign.join(parts))
