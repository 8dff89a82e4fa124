"""`derivgen serve`: the page beside the spec, until it is ended with Ctrl-C."""

from __future__ import annotations

import webbrowser
from pathlib import Path

from derivgen.errors import Problem, UserError
from derivgen.serve.app import LOOPBACK, server


def serve(spec: Path, port: int, browser: bool) -> None:
    """Show the page of a spec until Ctrl-C. Raises UserError where the spec cannot be read, or the port is taken."""
    if not spec.is_file():
        raise UserError(Problem(f"there is no file {spec}", hint="`derivgen new NAME` writes one to begin with"))
    try:
        running = server(spec.resolve(), port)
    except (OSError, SystemExit) as error:
        raise UserError(Problem(f"port {port} cannot be used: {error}", hint="without --port any free one is taken")) from error
    address = f"http://{LOOPBACK}:{running.server_port}/"
    print(f"{spec.name} is at {address} (Ctrl-C ends it)", flush=True)
    if browser:
        webbrowser.open(address)
    try:
        running.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        running.server_close()
