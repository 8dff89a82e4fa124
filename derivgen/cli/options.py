"""Options and arguments that several commands have."""

from __future__ import annotations

from pathlib import Path

import click

SPEC = click.Path(path_type=Path, allow_dash=True)
AUDIENCES = ("worksheet", "key", "notes")


def known_formats(ctx: click.Context, param: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """The formats asked for, each once; which there are is looked up only then."""
    if names:
        from derivgen.cli.build import KNOWN

        wrong = [name for name in names if name not in KNOWN]
        if wrong:
            raise click.BadParameter(f"{wrong[0]!r} is not one of {', '.join(KNOWN)}.", ctx, param)
    return tuple(dict.fromkeys(names))


def of_a_variant(command):
    """The options that ask for a student's variant of a spec with a `random` block."""
    student = click.option("--student", metavar="ID", default="", help="With --seed: the variant of this student.")
    return click.option("--seed", metavar="SEED", help="The variant drawn by this seed (see: derivgen variants).")(
        student(command)
    )
