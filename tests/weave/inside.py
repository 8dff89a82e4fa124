"""The command within the test's own process, for tests that call it often; that it runs as one of its own is tested elsewhere."""

from __future__ import annotations

from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from derivgen.cli import main
from tests.cli.conftest import SPEC, WRONG, Said, Shell


class Inside(Shell):
    """A folder to run commands in, without a process for each."""

    def __call__(self, *arguments: str, given: str | None = None, **environment: str) -> Said:
        """`derivgen` with these arguments."""
        assert given is None and not environment, "that takes a process"
        out, err, code = StringIO(), StringIO(), 0
        with chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            try:
                main(list(arguments), prog_name="derivgen")
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 0
        return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture
def inside(tmp_path: Path) -> Inside:
    """A folder with `spec.yaml`, which is right, and `wrong.yaml`, which is not."""
    shell = Inside(tmp_path)
    shell.write("spec.yaml", SPEC)
    shell.write("wrong.yaml", WRONG)
    return shell
