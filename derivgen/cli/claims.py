"""`derivgen check`: other people's files, what is false in them, and a line of counts for each; reports, copies, first specs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from derivgen.claims.check import NO_NAMES, check
from derivgen.claims.claim import Checked, Claim, claims_as_objects
from derivgen.claims.mending import fixed
from derivgen.claims.name_maps import name_map_of
from derivgen.claims.reports import counts_of, page, workflow_commands
from derivgen.claims.spec_arrays import measure_of
from derivgen.cli.output import print_json, print_source, say, tell
from derivgen.errors import Problem, UserError
from derivgen.frozen import dataclass, replace

SHOWN = ("false", "carried", "unread")
FORMATS = ("text", "json", "html", "github")


@dataclass(frozen=True, slots=True)
class Against:
    """What files are compared with: a spec, and a file that says what their names mean in it."""

    spec: Path | None = None
    names: Path | None = None


def check_all(files: Sequence[Path], against: Against, form: str, fix: bool, quiet: bool) -> int:
    """Check each file and print what is found in a format; with `fix` write a copy with right figures beside each file.

    Returns the exit code: 2 for a file that cannot be read, 1 for something false, else 0.
    """
    measure, meanings = None, NO_NAMES
    if against.spec is not None:
        measure, warnings = measure_of(against.spec)
        tell(warnings)
        if against.names is not None:
            meanings = name_map_of(_data(against.names), str(against.names), measure)
    found, code = list[Checked](), 0
    for file in files:
        try:
            data = _data(file)
            checked = check(data, str(file), measure, meanings)
            found.append(checked)
            code = max(code, int(checked.failed))
            if form == "text":
                _print(checked, quiet)
            elif form == "github":
                for line in workflow_commands(checked):
                    say(line)
            if fix:
                _fix(file, data, checked)
        except UserError as error:
            tell(error.problems)
            code = 2
    if form == "json":
        print_json({"files": [{"file": one.file, "claims": list(claims_as_objects(one)), "counts": one.counts} for one in found]})
    elif form == "html":
        print_source(page(found).rstrip("\n"), "html")
    return code


def suggest(file: Path) -> None:
    """Print a spec to start from: the names, equations and values found in a file. Raises UserError."""
    from derivgen.claims.suggesting import suggested

    say(suggested(_data(file), str(file)).rstrip("\n"))


def _fix(file: Path, data: bytes, checked: Checked) -> None:
    """Write the copy with right figures: `notes.fixed.md` beside `notes.md`; of standard input it is printed."""
    copy = fixed(data, checked)
    if str(file) == "-":
        say(copy.data.decode())
        return
    target = file.with_name(f"{file.stem}.fixed{file.suffix}")
    if not copy.figures:
        say(f"{file}: no false figure whose cause is certain; no copy is written", err=True)
        return
    try:
        target.write_bytes(copy.data)
    except OSError as error:
        raise UserError(Problem(f"{target} cannot be written: {error.strerror}")) from None
    say(f"{target}: {copy.figures} {'figure' if copy.figures == 1 else 'figures'} mended", err=True)


def _data(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UserError(Problem(f"{file} cannot be read: {error.strerror}")) from None


def _print(checked: Checked, quiet: bool) -> None:
    for claim in checked.claims:
        if claim.verdict in SHOWN and not (quiet and claim.verdict == "unread"):
            say("\n".join(_problem(claim).lines()))
    if checked.names and not quiet:
        say(f"{checked.file}: in the spec " + ", ".join(f"{name} is {meant}" for name, meant in checked.names.items()))
    say(f"{checked.file}: {counts_of(checked)}")


def _problem(claim: Claim) -> Problem:
    place = replace(claim.place, file=f"{claim.place.file}, cell {claim.cell}") if claim.cell else claim.place
    return Problem(f"{claim.verdict}: {claim.message}", place, f"write {claim.line}" if claim.line else None)
