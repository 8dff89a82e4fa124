"""The server behind `derivgen serve`: what it answers, and whom it does not."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from derivgen.serve.app import LOOPBACK, Workbench, server
from tests.product import ROOT

GATE = ROOT / "specs" / "notes" / "002_and_gate_numbers.yaml"
HOST = "127.0.0.1:8000"
ORIGIN = f"http://{HOST}"


class Page:
    """The requests of a page, and those of others."""

    def __init__(self, file: Path):
        bench = Workbench(file)
        bench.hosts = (HOST, "localhost:8000")
        self.client = Client(bench)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={"Host": HOST, **headers})

    def post(self, path: str, content: object, **headers: str) -> TestResponse:
        kept = {"Host": HOST, "Origin": ORIGIN, "Content-Type": "application/json", **headers}
        return self.client.post(path, data=json.dumps(content), headers=kept)

    def draw(self, text: str, audience: str = "worksheet", version: int = 1) -> dict:
        answer = self.post("/draw", {"text": text, "audience": audience, "version": version})
        assert answer.status_code == 200
        return answer.json


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "gate & <co>.yaml"
    made.write_bytes(GATE.read_bytes())
    return made


@pytest.fixture
def page(file: Path) -> Page:
    return Page(file)


@pytest.mark.parametrize(("audience", "there"), [("worksheet", "dg-gap"), ("key", "dg-answer"), ("notes", "Backward pass")])
def test_a_page_is_drawn_for_each_audience(page: Page, audience: str, there: str) -> None:
    drawn = page.draw(GATE.read_text(), audience)
    assert there in drawn["html"] and "<script" not in drawn["html"]
    assert (drawn["title"], drawn["language"], drawn["problems"]) == ("Backpropagation by hand: an AND gate", "en", [])


def test_no_answer_is_on_the_worksheet(page: Page) -> None:
    assert "0.1366" in page.draw(GATE.read_text(), "key")["html"]
    assert "0.1366" not in page.draw(GATE.read_text(), "worksheet")["html"]


def test_mistakes_have_their_places(page: Page) -> None:
    drawn = page.draw("equations: |\n  L = relo(w) +\nlos: L\n")
    assert drawn["html"] is None
    found = {(each["line"], each["column"]): each for each in drawn["problems"]}
    assert found[3, 1]["hint"] == "did you mean loss?" and any(line == 2 for line, _ in found)


def test_words_of_a_spec_are_no_markup(page: Page) -> None:
    drawn = page.draw(
        "title: <b>x</b>\ntext: <img src=x onerror=alert(1)>\nequations: L = (y - w*x)^2\nvalues: {w: 1, x: 2, y: 1}\n"
    )
    assert "<img" not in drawn["html"] and "&lt;img" in drawn["html"]
    assert "gate &amp; &lt;co&gt;.yaml" in page.get("/").text


def test_what_was_typed_over_is_not_drawn(page: Page) -> None:
    page.draw(GATE.read_text(), version=5)
    assert page.draw(GATE.read_text(), version=4) == {"stale": True}


def test_saving_and_the_file_changed_by_another_program(page: Page, file: Path) -> None:
    known = page.get("/changed").json
    assert known["text"] == GATE.read_text()
    saved = page.post("/save", {"text": "equations: L = w^2\n", "stamp": known["stamp"]})
    assert saved.status_code == 200 and file.read_text() == "equations: L = w^2\n"
    file.write_text("equations: L = w^3\n")
    refused = page.post("/save", {"text": "equations: L = w^4\n", "stamp": saved.json["stamp"]})
    assert refused.status_code == 409 and "another program" in refused.json["message"]
    assert page.get(f"/changed?stamp={saved.json['stamp']}").json["text"] == file.read_text() == "equations: L = w^3\n"


def test_latex_and_pdf_are_the_ones_that_build_writes(page: Page) -> None:
    for form, begins in (("tex", b"\\documentclass"), ("pdf", b"%PDF-")):
        made = page.post("/file", {"text": GATE.read_text(), "audience": "key", "form": form})
        assert made.status_code == 200 and made.data.startswith(begins)
    wrong = page.post("/file", {"text": "equations: L = (", "audience": "key", "form": "tex"})
    assert wrong.status_code == 422 and "spec" not in wrong.content_type


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8000"},
        {"Host": "127.0.0.1:9000"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Content-Type": "text/plain"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_nobody_else_is_answered(page: Page, file: Path, headers: dict[str, str]) -> None:
    before = file.read_bytes()
    stamp = page.get("/changed").json["stamp"]
    for path, content in (
        ("/save", {"text": "x", "stamp": stamp}),
        ("/draw", {"text": "equations: L = w", "audience": "key", "version": 1}),
        ("/file", {"text": "equations: L = w", "audience": "key", "form": "tex"}),
    ):
        assert page.post(path, content, **headers).status_code == 403
    assert file.read_bytes() == before
    if "Host" in headers or "Sec-Fetch-Site" in headers:
        assert page.get("/", **headers).status_code == page.get("/changed", **headers).status_code == 403


def test_what_is_not_there_or_no_request_of_the_page(page: Page) -> None:
    assert page.get("/../pyproject.toml").status_code == page.get("/draw").status_code == 404
    for content in ([], {"text": 1, "audience": "key", "version": 1}, {"text": "x"}):
        assert page.post("/draw", content).status_code == 400
    assert page.draw("x", "nobody")["problems"][0]["hint"] == "there are: worksheet, key, notes"
    assert page.post("/file", {"text": "x", "audience": "key", "form": "exe"}).status_code == 400
    assert page.post("/draw", {"text": "x" * (5 << 20), "audience": "key", "version": 1}).status_code == 413


def test_the_page_may_load_nothing_from_elsewhere(page: Page) -> None:
    for path in ("/", "/page.css", "/editor.js", "/schema.json"):
        policy = page.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
        assert not re.search(r"https?:|\*|unsafe-eval", policy)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.get("/").text)
    assert page.get("/schema.json").json["title"] == "derivgen spec"


def test_the_bundle_is_that_of_the_sources() -> None:
    """Whoever changes the editor bundles it again: `make editor`."""
    sources = b"".join((ROOT / "editor" / name).read_bytes() for name in ("main.js", "package.json"))
    first = (ROOT / "templates" / "serve" / "editor.js").read_text(encoding="utf-8").splitlines()[0]
    assert hashlib.sha256(sources).hexdigest() in first


@pytest.fixture
def address(file: Path) -> Iterator[str]:
    running = server(file)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://{LOOPBACK}:{running.server_port}"
    running.shutdown()
    thread.join()
    running.server_close()


def test_a_real_server_listens_on_this_machine_alone(address: str) -> None:
    with urllib.request.urlopen(f"{address}/schema.json") as answer:
        assert answer.headers["Server"].strip() == "derivgen"
        assert json.load(answer)["title"] == "derivgen spec"
