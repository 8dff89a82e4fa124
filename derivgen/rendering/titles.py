"""Titles: what of one has room in a running head, and how it ends."""

from __future__ import annotations

from derivgen.documents.document import Document, Math, Prose

HEAD = 84  # characters that fit in the running head
LEAST_TITLE = 16


def title_stop(title: Prose) -> str:
    """The full stop after a task's title, unless it ends in one."""
    if not title:
        return ""
    last = title[-1]
    return "" if not isinstance(last, Math) and last.words.rstrip().endswith((".", "?", "!", ":")) else "."


def short_title(document: Document) -> str:
    """What of the title has room in the running head; nothing beside a long name, which is bold and never gives way."""
    if not document.bearer:
        return shortened(document.title, HEAD - len(document.course) - len(document.kind))
    room = HEAD - int(1.3 * len(document.bearer)) - len(document.kind)
    return shortened(document.title, room) if room > LEAST_TITLE else ""


def shortened(words: str, length: int) -> str:
    """The first words, with an ellipsis where some are left out."""
    if len(words) <= length:
        return words
    return words[: max(length - 1, 10)].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
