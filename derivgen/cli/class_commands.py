"""The commands about a class: its sheets, variants of a spec, and many of them put to the test."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from derivgen.cli.options import AUDIENCES, SPEC, known_formats, student_ids, tex_time

LARGEST = 1 << 26  # bytes of a roster


@click.command("class")
@click.argument("spec", type=SPEC)
@click.option("--students", metavar="ROSTER", type=click.Path(path_type=Path), help="CSV file: id, and if you like name, group.")
@click.option("--id", "id_column", metavar="COLUMN", help="The roster's column of ids, where it has an unusual name.")
@click.option("--name", "name_columns", metavar="COLUMN", multiple=True, help="The same of names; may be repeated: first, last.")
@click.option(
    "-n", "--count", type=click.IntRange(1, 1_000_000), metavar="N", help="So many students by number, without a roster."
)
@click.option("--groups", metavar="A,B,C", help="One variant for each group in place of each student.")
@click.option("--records", metavar="FILE", type=click.Path(path_type=Path), help="Make the sheets of these records again.")
@click.option("--seed", metavar="SEED", help="Any words or number; another seed, other variants.  [default: 0]")
@click.option(
    "-o", "--output", metavar="DIR", default="output/class", show_default=True, help="A folder, or an address for fsspec."
)
@click.option("--distinct", is_flag=True, help="No two students have the same numbers.")
@click.option("--audience", multiple=True, type=click.Choice(AUDIENCES), help="What to make; worksheet and key unless given.")
@click.option(
    "--format", "forms", multiple=True, metavar="FORMAT", callback=known_formats, help="pdf unless given; tex, html, md."
)
@click.option("--engine", metavar="NAME", help="What sets the PDFs: typst, or a TeX engine (see: derivgen doctor).")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes; default: the cores, up to 4.")
@tex_time
@click.option("--scheduler", metavar="ADDRESS", help="Share the work out to a cluster of dask.distributed.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary.")
def whole_class(
    spec, students, id_column, name_columns, count, groups, records, seed, output, distinct, audience, forms, engine, jobs,
    scheduler, quiet,
) -> None:  # fmt: skip
    """Write a worksheet and a key of their own for every student of a class.

    Everybody has the numbers that the spec's block `random` draws for them: they depend on the seed, the spec and the student's
    id alone. Give a roster, or a number of students, or groups, or records. See docs/class.md.
    """
    whom = {"--students": students, "-n": count, "--records": records}
    given = [name for name, value in whom.items() if value is not None]
    if len(given) > 1 or (records is not None and (groups or seed is not None or distinct)):
        raise click.UsageError(
            f"{' and '.join(given)}: one of them is enough" if len(given) > 1 else "--records says who has which variant"
        )
    if students is None and (id_column or name_columns):
        raise click.UsageError("--id and --name are columns of a roster: give it with --students")
    if not given and not groups:
        raise click.UsageError("whose class is it? Give --students ROSTER, -n 30, --groups A,B,C or --records FILE")
    from derivgen.classes.executors import SerialExecutor, executor_for, workers_for

    at_most = workers_for(_at_most(count, groups, students or records))
    with closing(SerialExecutor() if scheduler else executor_for(jobs, at_most)) as executor:
        if _is_new(output):  # the processes start before this one imports what it needs itself: both take most of a second
            executor.import_early("derivgen.classes.sheets")
        from derivgen.cli.classes import Request, groups_of, make_class

        chosen = tuple(name for name in AUDIENCES if name in audience) or ("worksheet", "key")
        request = Request(
            spec, students, id_column or "", name_columns, count, groups_of(groups) if groups is not None else (), records,
            seed, output, distinct, chosen, forms or ("pdf",), engine, jobs, scheduler, quiet,
        )  # fmt: skip
        code = make_class(request, executor)
    raise SystemExit(code)


def _at_most(count: int | None, groups: str | None, file: Path | None) -> int:
    """Return a number that there are not more students than, before anything is read with care."""
    if count is not None:
        return count
    if file is None:
        return (groups or "").count(",") + 1
    try:
        return 1 + (file.read_bytes().count(b"\n") if file.is_file() and file.stat().st_size < LARGEST else 0)
    except OSError:
        return 1


def _is_new(output: str) -> bool:
    """Return whether nothing of a class is there yet, so that there will be work for every process."""
    from derivgen.classes import RECORDS

    return not Path(output, RECORDS).exists()


@click.command()
@click.argument("spec", type=SPEC)
@click.option(
    "-n", "--count", type=click.IntRange(1, 1_000_000), default=10, show_default=True, help="How many, for students 1, 2, …."
)
@click.option("--seed", default="0", show_default=True, help="Any text; with another seed every student gets other numbers.")
@click.option(
    "--student",
    "students",
    multiple=True,
    metavar="ID",
    callback=student_ids,
    help="The variant of this student; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Records as JSON lines on stdout, in place of tables.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the records to this file.")
@click.option("--distinct", is_flag=True, help="No two alike: in the order of ids, each takes the first that is free.")
@click.option("-q", "--quiet", is_flag=True, help="No tables, no notes.")
def variants(spec, count, seed, students, as_json, output, distinct, quiet) -> None:
    """Draw variants of a spec with a `random` block, and verify each one."""
    from derivgen.cli.variants import run_variants

    run_variants(spec, seed, count, students, as_json, output, distinct, quiet)


@click.command()
@click.argument("spec", type=SPEC)
@click.option("-n", "--count", type=click.IntRange(1, 1_000_000), default=10_000, show_default=True, help="How many variants.")
@click.option("--seed", default="0", show_default=True, help="The seed, as for variants.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder for the report and its picture.")
@click.option("-q", "--quiet", is_flag=True, help="Only what is wrong.")
def stress(spec, count, seed, output, quiet) -> None:
    """Draw many variants and say what is wrong with them, and how their answers are spread."""
    from derivgen.cli.variants import run_stress

    run_stress(spec, seed, count, output, quiet)
