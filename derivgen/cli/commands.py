"""`derivgen`: its commands, and how errors reach the user. What a command does is imported when it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from errno import EDQUOT, EIO, ENOSPC
from pathlib import Path
from typing import Any

import click

from derivgen import __version__
from derivgen.cli.class_commands import stress, variants, whole_class
from derivgen.cli.options import AUDIENCES, SPEC, known_formats, of_a_variant, tex_time
from derivgen.cli.output import prepare_streams, print_json, print_source, say, say_parts, tell
from derivgen.errors import Problem, UserError


class _Group(click.Group):
    """Turns a user's mistake into its message and exit code; never a traceback for what a user did."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command as the process's own."""
        prepare_streams()
        return super().main(*args, **kwargs)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command asked for; who gives a spec alone is told what to do with it."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if args[0].endswith((".yaml", ".yml")):
                raise click.UsageError(f"No such command {args[0]!r}: try: derivgen build {args[0]}", ctx) from error
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print a mistake of the user's and end with its exit code."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            tell(error.problems)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(0)
        except OSError as error:
            if error.errno not in {ENOSPC, EDQUOT, EIO}:
                raise
            tell([Problem(f"cannot write the output: {error.strerror}")])
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(2)
        except RecursionError:
            tell([Problem("this computation is too deep to work through", hint="split it over several names")])
            ctx.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="derivgen")
def main() -> None:
    """Write the derivation a good teacher would write by hand.

    A spec holds a computation as it stands on a blackboard: an expression, a few equations, a small network. derivgen derives
    the gradient of its loss and prints worksheets, answer keys and notes. Start with: derivgen new
    """


@main.command()
@click.argument("specs", nargs=-1, required=True, type=SPEC)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("output"), show_default=True, help="Folder to write to."
)
@click.option("--audience", multiple=True, type=click.Choice(AUDIENCES), help="What to write; all three unless given.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT",
    callback=known_formats,
    help="tex, typ, pdf, html, md; tex (with --engine typst: typ) and pdf unless given.",
)
@click.option("--wrt", multiple=True, metavar="NAME", help="Only the gradient by this name; may be repeated.")
@click.option("--together", metavar="NAME", help="All specs on one sheet, called NAME.")
@click.option("--title", metavar="TEXT", help="The title, in place of the spec's own (with --together, of NAME).")
@click.option("--with-key", is_flag=True, help="One PDF more: the worksheet with its key behind it.")
@click.option("--engine", metavar="NAME", help="What sets the PDFs: typst, or a TeX engine (see: derivgen doctor).")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes for several specs; default: the cores, up to 4.")
@tex_time
@of_a_variant
@click.option(
    "--records",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="With --student: their variant as `derivgen class` recorded it.",
)
@click.option("--watch", "watching", is_flag=True, help="Go on, and build a spec anew whenever it is saved; Ctrl-C ends it.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no list of files.")
def build(
    specs, output, audience, formats, wrt, together, title, with_key, engine, jobs, seed, student, records, watching, quiet
) -> None:
    """Write worksheet, answer key and notes, as .tex and .pdf."""
    from derivgen.cli.build import Wanted, build_all

    formats = formats or ("typ" if engine == "typst" else "tex", "pdf")
    if with_key and "pdf" not in formats:
        raise click.UsageError("--with-key puts PDFs together: name --format pdf as well")
    if records is not None and (not student or seed is not None):
        raise click.UsageError("--records says a student's numbers: give --student ID, and no --seed")
    if student and seed is None and records is None:
        raise click.UsageError("--student needs the --seed, or the --records of the class")
    chosen = tuple(dict.fromkeys((*audience, *(("worksheet", "key") if with_key and audience else ())))) or AUDIENCES
    wanted = Wanted(chosen, formats, wrt, engine, " ".join((title or "").split()), seed, student, with_key, records)

    def make(changed: Sequence[Path]) -> None:
        for path in build_all(specs if together else changed, output, wanted, name=together, quiet=quiet, jobs=jobs):
            if not quiet:
                say(path)

    if not watching:
        make(specs)
        return
    from derivgen.cli.build import watch

    if Path("-") in specs:
        raise click.UsageError("--watch looks at files: standard input is none")
    watch(specs, make)


@main.command("fields")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, on stdout.")
def read_form(file, as_json) -> None:
    """Print what stands in the form fields of a filled-in worksheet's PDF, by name.

    A file that was flattened, or printed to a PDF, has no fields: exit code 2.
    """
    from derivgen.typeset.fields import read_fields

    try:
        content = file.read_bytes()
    except OSError as error:
        raise UserError(Problem(f"cannot read {file}: {error.strerror}")) from error
    found = read_fields(content, str(file))
    if as_json:
        print_json({"file": str(file), "fields": {each.name: each.value for each in found}})
    else:
        for each in found:
            say(f"{each.name} = {each.value}" if each.value else f"{each.name}: empty")


@main.command("serve")
@click.argument("spec", type=SPEC)
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="The port; any free one unless given.")
@click.option("--browser/--no-browser", default=True, help="Open the page in the browser.  [default: yes]")
def serve_page(spec, port, browser) -> None:
    """Show a spec and its pages side by side in the browser, drawn anew as you type; nothing leaves this machine."""
    from derivgen.cli.serve import serve

    serve(spec, port, browser)


@main.command()
@click.argument("spec", type=SPEC)
@click.option("--wrt", multiple=True, metavar="NAME", help="Only the gradient by this name; may be repeated.")
@of_a_variant
def show(spec, wrt, seed, student) -> None:
    """Print the derivation in the terminal."""
    from derivgen.cli.checking import checked
    from derivgen.cli.output import print_document
    from derivgen.documents.compose import compose, style_of

    evaluation, report = checked(spec, wrt, seed, student, kept=True)
    report.stop_if_false()
    tell(report.gaps())
    print_document(compose(evaluation, "notes"), style_of(evaluation))


@main.command()
@click.argument("spec", type=SPEC)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, on stdout (the only form there is).")
@click.option("--wrt", multiple=True, metavar="NAME", help="Only the gradient by this name; may be repeated.")
@of_a_variant
def derive(spec, as_json, wrt, seed, student) -> None:
    """Print everything about the derivation as JSON."""
    del as_json
    from derivgen.array_machine import whole_object
    from derivgen.cli.checking import checked
    from derivgen.large_networks import LargeNetwork, json_of

    evaluation, report = checked(spec, wrt, seed, student, kept=True, in_arrays=True)
    if isinstance(evaluation, LargeNetwork):
        say_parts(json_of(evaluation, report))
    else:
        print_json(whole_object(evaluation, report))
    report.stop_if_false()


@main.command()
@click.argument("specs", nargs=-1, required=True, type=SPEC)
@click.option("-q", "--quiet", is_flag=True, help="Only what is wrong.")
def verify(specs, quiet) -> None:
    """Check every gradient by three roads and every printed equality; what cannot be checked is no pass."""
    from derivgen.cli.checking import each, verdict_of

    failed, problems = 0, []
    for spec, outcome in each(specs, verdict_of, quiet):
        if isinstance(outcome, UserError):
            problems.append(outcome)
            tell(outcome.problems)
            continue
        failed += outcome.failed + outcome.unchecked
        tell(outcome.problems)
        if not quiet or outcome.failed or outcome.unchecked:
            say(f"{spec}: {outcome.summary}")
    if failed or problems:
        raise SystemExit(max([1 if failed else 0, *(problem.exit_code for problem in problems)]))


@main.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--spec", type=SPEC, help="Compare with this spec: its values, definitions and derivatives.")
@click.option("--names", type=click.Path(path_type=Path), help="A file that says what names of the text mean in the spec.")
@click.option("--json", "as_json", is_flag=True, help="Every claim and its verdict, machine-readable, on stdout.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html", "github"]),
    default="text",
    help="Text (the default), JSON, a web page of the files with each claim marked, or annotations for GitHub's logs.",
)
@click.option("--fix", is_flag=True, help="Write a copy (notes.fixed.md) with the right figures where the cause is certain.")
@click.option(
    "--suggest", "suggests", is_flag=True, help="Print a spec to start from, made of what the file says; nothing is checked."
)
@click.option("-q", "--quiet", is_flag=True, help="Nothing about what could not be read.")
def check_files(files, spec, names, as_json, form, fix, suggests, quiet) -> None:
    """Check what others wrote: every relation between numbers in LaTeX, Markdown, HTML, text and notebooks.

    Exit code 1 if one is false or rests on a false one. See docs/check.md.
    """
    from derivgen.cli.claims import Against, check_all, suggest

    if names is not None and spec is None:
        raise click.UsageError("--names says what names mean in a spec: give --spec, too")
    if as_json and form not in ("text", "json"):
        raise click.UsageError(f"--json and --format {form} do not go together")
    if suggests and (len(files) != 1 or spec or as_json or fix or form != "text"):
        raise click.UsageError("--suggest takes one file and no other option")
    if suggests:
        suggest(files[0])
    else:
        raise SystemExit(check_all(files, Against(spec, names), "json" if as_json else form, fix, quiet))


@main.command("piece")
@click.argument("spec", type=SPEC)
@click.argument("name", nargs=-1, required=True)
@click.option("--to", metavar="FORMAT", default="tex", show_default=True, help="The format: tex, md, html or svg.")
@click.option(
    "--width", type=click.FloatRange(min=8, max=400), metavar="EM", help="How wide lines may be; default: as usual in the format."
)
@click.option("--wrt", multiple=True, metavar="NAME", help="In place of what the spec differentiates by; may be repeated.")
def one_piece(spec, name, to, width, wrt) -> None:
    """Print one piece of the derivation, to stand in another document.

    NAME is one of those that `derivgen pieces SPEC` lists, as: chain W_13
    """
    from derivgen.pieces import piece_text
    from derivgen.typeset.pictures import with_pictures
    from derivgen.work import work

    worked = work(spec, wrt, kept=True)
    text = piece_text(worked.evaluation, " ".join(name), to, width)
    text = with_pictures(text) if to == "md" else text
    tell(worked.said)
    print_source(text.rstrip("\n"), to)


@main.command()
@click.argument("spec", type=SPEC)
@click.option("--wrt", multiple=True, metavar="NAME", help="In place of what the spec differentiates by; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, on stdout.")
def pieces(spec, wrt, as_json) -> None:
    """List the pieces of a derivation: their names, what they are, the formats they can be had in."""
    from derivgen.cli.output import print_pieces, print_pieces_as_json
    from derivgen.pieces import listed_pieces
    from derivgen.spec.load import load
    from derivgen.work import evaluate

    found = listed_pieces(evaluate(load(str(spec)), wrt))
    if as_json:
        print_pieces_as_json(found)
    else:
        print_pieces(found)


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Change nothing; name each region that is stale, and exit with 1 if there is one.")
@click.option("--watch", is_flag=True, help="Go on, and weave anew at every save of a file or of a spec; Ctrl-C ends it.")
@click.option("-q", "--quiet", is_flag=True, help="Only what is wrong.")
def weave(files, check, watch, quiet) -> None:
    """Fill the marked regions of notes in place: .md, .tex, .html, .ipynb files, or all such below a folder.

    \b
    A region of Markdown or HTML     <!-- derivgen: net.yaml chain W_13 -->
                                     <!-- /derivgen -->
    A region of LaTeX                % derivgen: net.yaml chain W_13
                                     % /derivgen

    The spec's path is relative to the file. `derivgen pieces net.yaml` lists the pieces.
    """
    from derivgen.cli.weave import watch_all, weave_all

    if check and watch:
        raise click.UsageError("--check and --watch do not go together: one changes nothing, the other writes at every save")
    if watch:
        watch_all(files, quiet)
    elif code := weave_all(files, check, quiet):
        raise SystemExit(code)


@main.command()
@click.argument("expression")
@click.argument("name", required=False)
@click.option("--wrt", metavar="NAME", help="The name to differentiate by; needed when there is more than one.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@click.option("--format", "form", type=click.Choice(["text", "tex"]), default="text", help="Unicode (the default) or LaTeX.")
@click.option("--language", metavar="LANGUAGE", default="en", show_default=True, help="The language of the rules' names.")
def steps(expression, name, wrt, as_json, form, language) -> None:
    """Differentiate an expression step by step, one rule a line.

    EXPRESSION is one, as "1/(1 + exp(-x))", or the name of a function: sig. Put -- before one that begins with a minus.
    NAME is the name to differentiate by, as --wrt says it.
    """
    if name is not None and wrt is not None and name.strip() != wrt.strip():
        raise click.UsageError(f"by which name, {name} or {wrt}? Give one of them")
    from derivgen.cli.steps import run_steps

    run_steps(expression, name if wrt is None else wrt, "json" if as_json else form, language)


@main.command()
@click.argument("name", default="my_spec")
def new(name) -> None:
    """Write a commented spec to start from."""
    from derivgen.spec.starter import starter
    from derivgen.typeset.files import write_all

    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if path.exists():
        raise UserError(Problem(f"{path} exists already", hint="choose another name: derivgen new other_name"))
    write_all({path: starter(path.stem).encode()})
    say(f"{path} written. Next: derivgen build {path}")


@main.command()
def functions() -> None:
    """List the functions a spec may use."""
    from derivgen.cli.output import print_functions

    print_functions()


@main.command()
def schema() -> None:
    """Print the JSON Schema of the spec, for editors."""
    from derivgen.spec.schema import json_schema

    print_json(json_schema(), indent=2)


@main.command()
@click.option(
    "--accessibility",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Check whether a PDF can be read aloud, by what a machine can tell of PDF/UA-1; may be repeated.",
)
def doctor(files) -> None:
    """Say what sets PDFs here, Typst and TeX engines, and try one page; or check PDFs."""
    from derivgen.cli.output import print_diagnosis, print_faults

    if files:
        if not print_faults(files):
            raise SystemExit(1)
    elif not print_diagnosis():
        raise SystemExit(3)


for _command in (whole_class, variants, stress):
    main.add_command(_command)
