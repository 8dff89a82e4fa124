"""The shorthands of derivatives as they are introduced: defined once, before they are used."""

from __future__ import annotations

from derivgen.documents.document import Block, Equations, Paragraph
from derivgen.documents.sheet import Sheet
from derivgen.lines.stages import definition_of


def shorthands(sheet: Sheet, worked: bool = False) -> tuple[Block, ...]:
    """From here on we write L_y, dRL(z), where L_y := ∂L/∂ŷ, …; `worked`: with what each comes to."""
    found = [definition_of(sheet.evaluation, short, worked) for short in sheet.spec.notation.shorthands]
    lines = tuple(sheet.line(line) for line in found if line is not None)
    if not lines:
        return ()
    message = "From here on we use a shorthand, where" if len(lines) == 1 else "From here on we use shorthands, where"
    return Paragraph(sheet.say(message)), Equations(lines)
