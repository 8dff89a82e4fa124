"""Options and arguments that several commands take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

SPEC = click.Path(path_type=Path, allow_dash=True)
AUDIENCES = ("worksheet", "key", "notes")


def known_formats(ctx: click.Context, param: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the formats asked for, each once; which there are is looked up only then."""
    if names:
        from derivgen.cli.build import KNOWN

        wrong = [name for name in names if name not in KNOWN]
        if wrong:
            raise click.BadParameter(f"{wrong[0]!r} is not one of {', '.join(KNOWN)}.", ctx, param)
    return tuple(dict.fromkeys(names))


def student_ids(ctx: click.Context, param: click.Parameter, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """Return ids of students as they are; refuse what a roster would refuse."""
    from derivgen.variants.roster import wrong_in

    for id_ in (given,) if isinstance(given, str) else given:
        if why := wrong_in(id_):
            raise click.BadParameter(f"{id_[:60]!r} {why}.", ctx, param)
    return given


def of_a_variant(command: Any) -> Any:
    """Return the options that ask for a student's variant of a spec with a `random` block."""
    said = "With --seed: the variant of this student."
    student = click.option("--student", metavar="ID", default="", callback=student_ids, help=said)
    return click.option("--seed", metavar="SEED", help="The variant drawn by this seed (see: derivgen variants).")(
        student(command)
    )


def _tex_time(ctx: click.Context, param: click.Parameter, seconds: float | None) -> None:
    """Hand the time on to the runs of TeX, in this process and in those it starts."""
    if seconds is not None:
        os.environ["DERIVGEN_TEX_TIME"] = f"{seconds:g}"


tex_time = click.option(
    "--tex-time",
    type=click.FloatRange(min=0, min_open=True, max=1_000_000),
    metavar="SECONDS",
    expose_value=False,
    callback=_tex_time,
    help="CPU seconds a run of TeX may use (the wall clock gives it ten times that, and a minute); by its length unless given.",
)
"""The option that gives TeX more or less time; the variable DERIVGEN_TEX_TIME does the same."""
