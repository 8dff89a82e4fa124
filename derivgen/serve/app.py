"""The server behind the page: on this machine alone, one process, one spec.

A page of somebody else's must not reach it: only requests for this very host are answered (a name that somebody points at
127.0.0.1 is another host), what changes or works something out has to come from the page itself (`Origin`, JSON), and the page
may load nothing from elsewhere.

A spec's text as it stands in the editor → the page beside it, a file to take away, or what is wrong and where.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from werkzeug.exceptions import BadRequest, Conflict, Forbidden, HTTPException, NotFound
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from derivgen.documents.compose import AUDIENCES, style_of
from derivgen.errors import Problem, SpecError, UserError
from derivgen.frozen import dataclass
from derivgen.pieces import believed_document
from derivgen.rendering import FORMATS
from derivgen.rendering.html import piece_style, render_html_inside
from derivgen.rendering.latex import render_latex, render_preamble
from derivgen.rendering.templates import folder
from derivgen.spec.load import loads
from derivgen.spec.schema import json_schema
from derivgen.typeset.fields import fields, with_fields
from derivgen.typeset.files import rewrite
from derivgen.typeset.side_by_side import SideBySide
from derivgen.work import Worked, work

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
            drawn = draw(text, self.file, audience)
        said = {"html": drawn.html, "title": drawn.title, "language": drawn.language}
        return _json({**said, "problems": [as_json(problem) for problem in drawn.problems]})

    def _save(self, request: Request) -> Response:
        text, stamp = _fields(request, text=str, stamp=str)
        if _stamp(self._content()) != stamp:
            raise Conflict(f"not saved: {self.file.name} was changed by another program; load the page anew to see it")
        rewrite(self.file, text.encode())
        return _json({"name": self.file.name, "stamp": _stamp(text.encode())})

    def _file(self, request: Request) -> Response:
        text, audience, form = _fields(request, text=str, audience=str, form=str)
        if form not in FORMS:
            raise BadRequest(f"there is no form {form!r}")
        with self._lock:
            content = made(text, self.file, audience, form)
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


FORMS = ("pdf", "tex")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is shown of a text: the page's markup (None where there is none), its title and language, what is to be said."""

    html: str | None
    title: str
    language: str
    problems: tuple[Problem, ...]


def draw(text: str, file: Path, audience: str) -> Drawn:
    """Return the page of one audience, every line of it checked, or what is wrong with the text.

    Args:
        text: the spec.
        file: where it is kept; its data lie beside it.
        audience: whose page.
    """
    try:
        _check(audience)
        worked = _worked(text, file)
        document = believed_document(worked.evaluation, audience)
    except UserError as error:
        return Drawn(None, "", "", error.problems)
    html = render_html_inside(document.blocks, document.language, style_of(worked.evaluation))
    return Drawn(html, document.title, document.language, worked.said)


def made(text: str, file: Path, audience: str, form: str) -> bytes:
    """Return a document as `pdf` or `tex`. Raises UserError for whatever stands in its way."""
    _check(audience)
    evaluation = _worked(text, file).evaluation
    document, style = believed_document(evaluation, audience), style_of(evaluation)
    if form == "tex":
        return render_latex(document, style).encode()
    with closing(SideBySide(None, render_preamble(document.language, document.page))) as typesetter:
        record = FORMATS[typesetter.format]
        assert record.render is not None
        main = f"{audience}.{record.extension}"
        typesetter.start(audience, {main: record.render(document, style), **record.companions(document, style)})
        pdfs, failure = typesetter.results((audience,))
    if failure is not None:
        raise failure
    pdf = pdfs[f"{audience}.pdf"]
    return (
        with_fields(pdf, fields(document, style), f"{audience}.pdf") if document.fillable and record.extension == "tex" else pdf
    )


def as_json(problem: Problem) -> dict[str, Any]:
    """Return a problem as the editor takes it; without a place its line is 0."""
    place = problem.place
    return {
        "message": problem.message,
        "hint": problem.hint,
        "severity": problem.severity,
        "line": place.line if place else 0,
        "column": place.column if place else 1,
        "length": place.length if place else 1,
    }


def _worked(text: str, file: Path) -> Worked:
    try:
        return work(loads(text, file.stem, file.parent), kept=True)
    except RecursionError:
        raise SpecError(Problem("this computation is too deep to work through", hint="split it over several names")) from None


def _check(audience: str) -> None:
    if audience not in AUDIENCES:
        raise UserError(Problem(f"there is no page {audience!r}", hint=f"there are: {', '.join(AUDIENCES)}"))
