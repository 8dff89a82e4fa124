"""`derivgen check`: other people's files, what is false in them, and a line of counts for each."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from derivgen.claims.check import NO_NAMES, check
from derivgen.claims.claim import Checked, Claim, claims_as_objects
from derivgen.claims.name_maps import name_map_of
from derivgen.claims.spec_values import measure_of
from derivgen.cli.output import print_json, say, tell
from derivgen.errors import Problem, UserError

SHOWN = ("false", "carried", "unread")


def check_all(files: Sequence[Path], spec: Path | None, names: Path | None, as_json: bool, quiet: bool) -> int:
    """Check each file; return the exit code: 2 for one that cannot be read, 1 for something false, else 0."""
    measure, meanings = None, NO_NAMES
    if spec is not None:
        measure, warnings = measure_of(spec)
        tell(warnings)
        if names is not None:
            meanings = name_map_of(_data(names), str(names), measure)
    found, code = list[Checked](), 0
    for file in files:
        try:
            checked = check(_data(file), str(file), measure, meanings)
        except UserError as error:
            tell(error.problems)
            code = 2
            continue
        found.append(checked)
        code = max(code, int(checked.failed))
        if not as_json:
            _print(checked, quiet)
    if as_json:
        print_json({"files": [{"file": one.file, "claims": list(claims_as_objects(one)), "counts": one.counts} for one in found]})
    return code


def _data(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UserError(Problem(f"{file} cannot be read: {error.strerror}")) from None


def _print(checked: Checked, quiet: bool) -> None:
    for claim in checked.claims:
        if claim.verdict in SHOWN and not (quiet and claim.verdict == "unread"):
            say("\n".join(_problem(claim).lines()))
    counts = ", ".join(f"{number} {verdict}" for verdict, number in checked.counts.items() if number)
    say(f"{checked.file}: {counts or 'no claims found'}")


def _problem(claim: Claim) -> Problem:
    place = replace(claim.place, file=f"{claim.place.file}, cell {claim.cell}") if claim.cell else claim.place
    return Problem(f"{claim.verdict}: {claim.message}", place, f"write {claim.line}" if claim.line else None)
