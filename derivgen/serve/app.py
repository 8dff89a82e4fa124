"""The server behind the page: on this machine alone, one process, one spec.

A page of somebody else's must not reach it: only requests for this very host are answered (a name that somebody points at
127.0.0.1 is another host), what changes or works something out has to come from the page itself (`Origin`, JSON), and the page
may load nothing from elsewhere.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from werkzeug.exceptions import BadRequest, Conflict, Forbidden, HTTPException, NotFound
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from derivgen.errors import UserError
from derivgen.rendering.html import piece_style
from derivgen.rendering.templates import folder
from derivgen.serve import drawing
from derivgen.spec.schema import json_schema
from derivgen.typeset.files import rewrite

LOOPBACK = "127.0.0.1"
LARGEST = 4 << 20
"""How many bytes of JSON a request may have: twice what a spec may."""
PATIENCE, POLLING = 25.0, 0.05
"""Seconds that a question whether the file has changed is kept open, and between two looks at it."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_TYPES = {"pdf": "application/pdf", "tex": "application/x-tex"}


class Workbench:
    """One spec in its file, as a WSGI application; `hosts` are the names by which it may be asked for."""

    def __init__(self, file: Path):
        self.file = file
        self.hosts: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._newest = 0
        self._asked: Mapping[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/"): self._page,
            ("GET", "/page.css"): lambda _: _text(_template("page.css") + piece_style(), "text/css"),
            ("GET", "/editor.js"): lambda _: _text(_template("editor.js"), "text/javascript"),
            ("GET", "/schema.json"): lambda _: _json(json_schema()),
            ("GET", "/changed"): self._changed,
            ("POST", "/draw"): self._draw,
            ("POST", "/save"): self._save,
            ("POST", "/file"): self._file,
        }

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer a request."""
        request = Request(environ)
        request.max_content_length = LARGEST
        try:
            response = self._answer(request)
        except HTTPException as error:
            response = _json({"message": error.description}, error.code or 400)
        except UserError as error:
            response = _json({"message": str(error)}, 422)
        response.headers.update(_HEADERS)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        host = request.headers.get("Host", "")
        if host not in self.hosts:
            raise Forbidden("this server answers only the page that it shows on this machine")
        work = self._asked.get((request.method, request.path))
        if work is None:
            raise NotFound(f"there is no {request.method} {request.path}")
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise Forbidden("this comes from another site's page")
        if request.method == "POST" and (request.headers.get("Origin") != f"http://{host}" or not request.is_json):
            raise Forbidden("this does not come from the page itself")
        return work(request)

    def _page(self, request: Request) -> Response:
        return _text(_template("page.html").replace("{{ name }}", escape(self.file.name)), "text/html")

    def _changed(self, request: Request) -> Response:
        """Answer as soon as the file is another one than that of the stamp, with its text."""
        known = request.args.get("stamp", "")
        until = time.monotonic() + PATIENCE
        while True:
            content = self._content()
            if known != _stamp(content):
                return _json({"stamp": _stamp(content), "text": content.decode(errors="replace")})
            if time.monotonic() > until:
                return _json({"stamp": known})
            time.sleep(POLLING)

    def _draw(self, request: Request) -> Response:
        text, audience, version = _fields(request, text=str, audience=str, version=int)
        self._newest = max(self._newest, version)
        with self._lock:
            if version < self._newest:  # typed on meanwhile
                return _json({"stale": True})
            drawn = drawing.draw(text, self.file, audience)
        said = {"html": drawn.html, "title": drawn.title, "language": drawn.language}
        return _json({**said, "problems": [drawing.as_json(problem) for problem in drawn.problems]})

    def _save(self, request: Request) -> Response:
        text, stamp = _fields(request, text=str, stamp=str)
        if _stamp(self._content()) != stamp:
            raise Conflict(f"not saved: {self.file.name} was changed by another program; load the page anew to see it")
        rewrite(self.file, text.encode())
        return _json({"name": self.file.name, "stamp": _stamp(text.encode())})

    def _file(self, request: Request) -> Response:
        text, audience, form = _fields(request, text=str, audience=str, form=str)
        if form not in drawing.FORMS:
            raise BadRequest(f"there is no form {form!r}")
        with self._lock:
            content = drawing.made(text, self.file, audience, form)
        return Response(content, mimetype=_TYPES[form])

    def _content(self) -> bytes:
        try:
            return self.file.read_bytes()
        except OSError:
            return b""


def server(file: Path, port: int = 0) -> BaseWSGIServer:
    """Return a server of the page of one spec, on the loopback address alone; port 0 is any free one. Raises OSError."""
    bench = Workbench(file)
    made = make_server(LOOPBACK, port, bench, threaded=True, request_handler=_Quiet)
    bench.hosts = tuple(f"{name}:{made.server_port}" for name in (LOOPBACK, "localhost"))
    return made


class _Quiet(WSGIRequestHandler):
    """Says nothing of each request, nor which server this is."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""

    def version_string(self) -> str:
        """Return a name without versions."""
        return "derivgen"


def _template(name: str) -> str:
    return (Path(folder("serve")) / name).read_text(encoding="utf-8")


def _stamp(content: bytes) -> str:
    return sha256(content).hexdigest()[:32]


def _fields(request: Request, **kinds: type) -> list[Any]:
    """Return what a request says, in this order. Raises BadRequest where something is missing or of another kind."""
    said = request.get_json()
    if not isinstance(said, dict) or not all(isinstance(said.get(name), kind) for name, kind in kinds.items()):
        raise BadRequest(f"it takes {', '.join(kinds)}")
    return [said[name] for name in kinds]


def _json(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), status, mimetype="application/json")


def _text(content: str, kind: str) -> Response:
    return Response(content, mimetype=kind)
