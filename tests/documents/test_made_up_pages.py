"""Pages of made-up specs with large and small numbers, rounded in any way: every line of every sheet is read back and true."""

from __future__ import annotations

import random

import pytest

from derivgen.checks.pages import verify_document
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.documents.compose import AUDIENCES, as_printed, compose
from derivgen.errors import SpecError
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.spec.load import loads
from tests.derivation.random_specs import Maker


class Wild(Maker):
    """Numbers of any size, printed with 2 to 8 digits, carried on as printed or not."""

    def number(self) -> str:
        pick = self.random
        if pick.random() < 0.6:
            return super().number()
        large = (f"{pick.uniform(-9, 9):.3f}e{pick.randint(2, 9)}", str(pick.randint(-(10**7), 10**7)))
        small = (f"{pick.uniform(-9, 9):.3f}e-{pick.randint(2, 12)}", f"{pick.randint(1, 7)}/{pick.randint(10**5, 10**7)}")
        return pick.choice(large + small)

    def tail(self) -> list[str]:
        pick = self.random
        rounding = pick.choice(("significant", "decimals"))
        carry = pick.choice(("exact", "exact", "shown"))
        lines = [line for line in super().tail() if not line.startswith("numbers:")]
        return [*lines, f"numbers: {{digits: {pick.randint(2, 8)}, rounding: {rounding}, carry: {carry}}}"]


@pytest.mark.parametrize("seed", range(30))
def test_every_line_of_every_sheet_is_true(seed: int) -> None:
    text = Wild(random.Random(seed).randint(0, 10**9)).spec()
    try:
        evaluation = run(derive(build(loads(text))))
        printed = as_printed(evaluation)
    except SpecError as error:
        assert "no value" in str(error), text
        return
    report = check(evaluation)
    assert report.problems() == (), text
    for audience in AUDIENCES:
        assert verify_document(compose(evaluation, audience), (printed,)) >= 0, text
