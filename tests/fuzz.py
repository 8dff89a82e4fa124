"""Mutated specs and random ones, by the thousand: `python -m tests.fuzz --mutants 100000 --valid 10000 --jobs 2`.

A mutated spec is built by the command itself: it may be refused (exit code 2), but never with a traceback, a false line or more
than `LIMIT` seconds of CPU time. A random spec that has values is compared with the outside judge of `tests/oracle.py`, number
for number; one over symbolic samples with the same spec over two and over five real ones. The report counts what happened and
shows each fault with the spec that shows it; the same seed gives the same specs. A short run is a test (`tests/test_fuzz.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from click.testing import CliRunner

from derivgen.cli.commands import main as command
from derivgen.errors import SpecError
from tests.derivation.comparing import UNCHECKED, differences
from tests.derivation.random_specs import random_spec
from tests.oracle import MissingError, NoValueError

ROOT = Path(__file__).parent.parent
LIMIT = 5.0
"""Seconds of CPU time for one spec."""
STOP = 60.0
"""Seconds of CPU time after which a spec is given up."""


@dataclass(frozen=True)
class Result:
    """One spec's outcome: `right`, `refused`, `no value`; or a fault: `traceback`, `false line`, `wrong`, `slow`, `stopped`."""

    outcome: str
    text: str = ""
    details: str = ""


FAULTS = ("traceback", "false line", "wrong", "slow", "stopped")


class StoppedError(BaseException):
    """A spec took too long."""


@contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Raise StoppedError within the block once the process has used so much CPU time in it."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise StoppedError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def judged(text: str, judge: Callable[[str], Result]) -> Result:
    """Return what a judge says of a spec, or that it raised something or took too long."""
    started = time.process_time()
    try:
        with stopped_after(STOP):
            found = judge(text)
    except StoppedError:
        return Result("stopped", text)
    except (SpecError, NoValueError, MissingError) as error:
        found = Result("no value", details=str(error))
    except Exception as error:
        return Result("traceback", text, repr(error))
    seconds = time.process_time() - started
    return Result("slow", text, f"{seconds:.1f} s") if seconds > LIMIT and found.outcome not in FAULTS else found


# --- mutated specs --------------------------------------------------------------------------------------------------------


@cache
def originals() -> tuple[tuple[str, ...], ...]:
    """Return the specs that are shipped, shapes that have shown faults, and the wrong specs of the tests, each as a group."""
    groups = [sorted((ROOT / folder).rglob("*.yaml")) for folder in ("specs", "tests/bad_specs")]
    right, wrong = ([file.read_bytes().decode("utf-8", "replace") for file in group] for group in groups)
    return tuple(right), SHAPES, tuple(text for text in wrong if len(text) < 4000)


def original(pick: random.Random) -> str:
    """Return one of them."""
    return pick.choice(pick.choices(originals(), (5, 3, 2))[0])


SHAPES = (
    "equations: |\n  L = sum(w*x + 2*b)\nparameters: [w, b]\ndata: {columns: [x], count: N}\n",
    "equations: |\n  R = w^2\n  L = mean((w*x - y)^2) + R\nvalues: {w: 2}\ndata: {columns: [x, y], count: N}\n",
    "equations: |\n  s = sum(2*b)\n  L = s*w + sum(x)\nvalues: {b: 1}\ndata: {columns: [x], count: N}\n",
    "equations: |\n  z = w*x\n  L = (z - y)^2\nvalues: {w: 1.23456, x: 3, y: 1}\n"
    "numbers: {carry: shown}\nupdate: {learning_rate: eta}\n",
    "equations: |\n  z = w*x\n  a = atan(z)\n  L = (y - a)^2\nvalues: {w: -6, x: 3, y: 1}\n"
    "numbers: {carry: shown, rounding: decimals, digits: 2}\n",
    "equations: |\n  a = sig(z)\n  L = -(y*ln(a) + (1-y)*ln(1-a))\nvalues: {z: 2, y: 1}\n",
    "equations: |\n  p, q = softmax(u, v)\n  L = -ln(p)\nvalues: {u: 1, v: 3}\n",
    "equations: |\n  L = mean((w_1*x - y)^2) + abs(w_1) + abs(w_2)\nvalues: {w_1: 0, w_2: 1}\n"
    "data: {columns: [x, y], rows: [[1, 2], [3, 4], [0, 1]]}\n",
    "equations: |\n  L = sin(w) + ln(normcdf(v)) + 1 - tanh(u) + exp(-t^2)\nvalues: {w: 3, v: -4, u: 2, t: 2}\n",
)
NUMBERS = (
    "0",
    "-1",
    "1/3",
    "1e100",
    "1e-30",
    "560",
    "-34",
    "300",
    "-1e20",
    "0.15",
    "1.23456",
    "2.5",
    "+ 2",
    "- 1/3",
    "1e400",
    "700",
)
WORDS = (
    *(
        "sig",
        "softmax",
        "max",
        "ReLU",
        "abs",
        "ln",
        "exp",
        "mean",
        "sum",
        "tanh",
        "cases",
        "normcdf",
        "sqrt",
        "x",
        "w",
        "e",
        "pi",
    ),
    *("carry: shown", "chain: reuse", "chain: full", "language: pt", "null", "true", "[]", "{}", "''", "count: N", "count: 3"),
)
SIGNS = tuple("+-*/^()[]{}:,|#&'\"\\\t\n =<>_@.;%$~²∂éЖ\u200b\x00")


def mutated(pick: random.Random) -> str:
    """Return a spec with a few things in it changed: signs, numbers, words, lines, parts of another spec."""
    text = original(pick)
    for _ in range(pick.choice((1, 1, 1, 2, 3, 6))):
        text = pick.choice((_sign, _number, _number, _word, _line, _splice))(text, pick)
    return text[:20_000]


def _sign(text: str, pick: random.Random) -> str:
    at = pick.randrange(len(text) + 1)
    return text[:at] + pick.choice(("", pick.choice(SIGNS), pick.choice(SIGNS) * 3)) + text[at + pick.choice((0, 0, 1, 5)) :]


def _number(text: str, pick: random.Random) -> str:
    places = list(re.finditer(r"-?\d+(?:[./]\d+)?", text))
    if not places:
        return text
    place = pick.choice(places)
    return text[: place.start()] + pick.choice(NUMBERS) + text[place.end() :]


def _word(text: str, pick: random.Random) -> str:
    places = list(re.finditer(r"[A-Za-z]\w*", text))
    if not places:
        return text
    place = pick.choice(places)
    return text[: place.start()] + pick.choice((*WORDS, pick.choice(places)[0])) + text[place.end() :]


def _line(text: str, pick: random.Random) -> str:
    lines = text.split("\n")
    at = pick.randrange(len(lines))
    change = pick.choice(("drop", "twice", "swap", "indent"))
    if change == "drop":
        del lines[at]
    elif change == "twice":
        lines.insert(at, lines[at])
    elif change == "swap":
        other = pick.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines[at] = pick.choice(("  ", "", "      ")) + lines[at].lstrip()
    return "\n".join(lines)


def _splice(text: str, pick: random.Random) -> str:
    lines, others = text.split("\n"), original(pick).split("\n")
    at, start = pick.randrange(len(lines) + 1), pick.randrange(len(others))
    return "\n".join([*lines[:at], *others[start : start + pick.choice((1, 2, 5))], *lines[at:]])


def built(text: str) -> Result:
    """Build a spec by the command, as LaTeX, in an empty folder."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            ran = CliRunner().invoke(command, ["build", "-", "--format", "tex"], input=text.encode("utf-8", "surrogatepass"))
        finally:
            os.chdir(here)
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        return Result("traceback", text, repr(ran.exception))
    if ran.exit_code == 1:
        return Result("false line", text, ran.stderr)
    return Result("right" if ran.exit_code == 0 else "refused")


# --- random specs ---------------------------------------------------------------------------------------------------------


def compared(text: str) -> Result:
    """Compare every number of a spec with the outside judge's."""
    wrong = differences(text)
    if not wrong:
        return Result("right")
    return Result("unchecked" if all(each.startswith(UNCHECKED) for each in wrong) else "wrong", text, "; ".join(wrong))


def symbolic(pick: random.Random) -> str:
    """Return a spec over N symbolic samples, with none, some or all of its parameters known."""
    body = pick.choice(("w*x + 2*b", "(w*x + b - y)^2", "b", "w^2*x + b^3", "b*w", "sig(w*x) + b", "x*y*b/3 + w"))
    lines = [pick.choice((f"L = {pick.choice(('sum', 'mean'))}({body}) + w^2", f"L = w*{pick.choice(('sum', 'mean'))}({body})"))]
    if pick.random() < 0.4:
        lines = [f"s = sum({pick.choice(('2*b', 'b^2', 'w', 'x*b'))})", "R = w^2*s", f"{lines[0]} + R + s"]
    known = pick.choice(("", "", "values: {w: 2}\n", "values: {b: 3/2}\n"))
    return "equations: |\n" + "".join(f"  {line}\n" for line in lines) + f"parameters: [w, b]\n{known}"


def counted(text: str) -> Result:
    """Compare the answers printed for N samples with those for two and for five real ones."""
    spec = f"{text}data: {{columns: [x, y], count: N}}\n"
    found = _printed(spec)
    if isinstance(found, Result):
        return found
    gradients = []
    for count in (2, 5):
        rows = ", ".join(f"[{k + 2}/3, {5 - k}/7]" for k in range(count))
        values = re.search(r"values: \{(.*)\}", text)
        known = values[1] if values else ""
        rest = ", ".join(f"{name}: {value}" for name, value in (("w", "2"), ("b", "3/2")) if f"{name}:" not in known)
        whole = re.sub(r"values: .*\n", "", text) + "values: {" + ", ".join(filter(None, (known, rest))) + "}\n"
        ran = CliRunner().invoke(command, ["derive", "-", "--json"], input=f"{whole}data: {{columns: [x, y], rows: [{rows}]}}\n")
        gradients.append({name: each["value"] for name, each in json.loads(ran.stdout)["gradients"].items()})
    changing = [name for name in gradients[0] if gradients[0][name] != gradients[1][name]]
    wrong = [name for name in changing if re.fullmatch(r"-?[\d.]+|-?\\frac\{\d+\}\{\d+\}", found.get(name, ""))]
    return Result("wrong", spec, f"a number for what depends on N: {wrong}") if wrong else Result("right")


def _printed(spec: str) -> dict[str, str] | Result:
    """Return the last side of each answer as its piece in LaTeX has it."""
    whole = built(spec)
    if whole.outcome != "right":
        return whole
    answers = {}
    for name in ("w", "b"):
        ran = CliRunner().invoke(command, ["piece", "-", "answer", name, "--to", "tex"], input=spec)
        if ran.exit_code == 0:
            answers[name] = re.sub(r"\\boxed\{(.*)\}", r"\1", re.split(r"=|\\approx", ran.stdout)[-1].split("\\end")[0].strip())
    return answers


# --- runs -----------------------------------------------------------------------------------------------------------------


def one(kind: str, seed: int, number: int) -> Result:
    """Return the outcome of one spec of a kind: `mutant`, `valid` or `symbolic`."""
    pick = random.Random(f"{kind} {seed} {number}")
    if kind == "mutant":
        return judged(mutated(pick), built)
    if kind == "symbolic":
        return judged(symbolic(pick), counted)
    return judged(random_spec(pick.randrange(1 << 40)), compared)


def outcomes(kind: str, count: int, seed: int, jobs: int) -> Iterator[Result]:
    """Yield the outcome of each of many specs."""
    if jobs == 1:
        yield from (one(kind, seed, number) for number in range(count))
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(partial(one, kind, seed), range(count), chunksize=25)


def main() -> int:
    """Run, print the report, return 1 if there was a fault."""
    options = argparse.ArgumentParser(description="Mutated specs and random ones, by the thousand.")
    options.add_argument("--mutants", type=int, default=1000)
    options.add_argument("--valid", type=int, default=100)
    options.add_argument("--symbolic", type=int, default=50)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options.add_argument("--show", type=int, default=10, help="how many faults of a kind are shown in full")
    given = options.parse_args()
    faults = 0
    for kind, count in (("mutant", given.mutants), ("valid", given.valid), ("symbolic", given.symbolic)):
        found: Counter[str] = Counter()
        for result in outcomes(kind, count, given.seed, given.jobs):
            found[result.outcome] += 1
            if result.outcome in FAULTS and found[result.outcome] <= given.show:
                print(f"--- {kind}, {result.outcome}: {result.details.strip()}\n{result.text}", flush=True)
        print(f"{kind}: " + ", ".join(f"{number} {outcome}" for outcome, number in sorted(found.items())), flush=True)
        faults += sum(found[outcome] for outcome in FAULTS)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
