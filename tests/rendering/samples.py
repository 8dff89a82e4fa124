"""Documents built by hand, as a composer would build them: the AND network, for each audience and in two languages."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from derivgen.documents.document import (
    Block,
    Document,
    Equations,
    Figure,
    Heading,
    Line,
    Math,
    Paragraph,
    Prose,
    SideBySide,
    Space,
    Strong,
    Table,
    Task,
    Text,
    Together,
)
from derivgen.drawings.network import network_drawing
from derivgen.errors import Place
from derivgen.maths.functions import vocabulary
from derivgen.maths.grammar import parse_expression
from derivgen.maths.tree import (
    Boxed,
    Cases,
    Compare,
    Expr,
    Filled,
    Gap,
    Marked,
    Neg,
    Num,
    Partial,
    Prime,
    Product,
    Quotient,
    Shown,
    SumOver,
    Sym,
    number,
)
from derivgen.spec.model import Network, Neuron

WORDS = {
    "en": {
        "worksheet": "worksheet",
        "key": "answer key",
        "notes": "notes",
        "title": "Backpropagation by hand",
        "course": "Neural networks",
        "name": "Name",
        "date": "Date",
        "points": "{} points",
        "total": "22 points",
        "forward": "Forward pass",
        "fill": "Fill in the table, one row a sample.",
        "chain": "The chain for ",
        "five": "Write the five partial derivatives, then work each one out.",
        "value": "Its value",
        "digits": "Four significant digits.",
        "why": "In words",
        "whywords": "Why does the second sample pull this weight the hardest?",
        "because": "Its error is the largest, and its input is not 0.",
        "power": "power rule, one sample's share of the mean",
        "sigmoid": "sigmoid, through its own output",
        "linear": "linear",
        "relu": "ReLU; at 0 we take 0",
        "intro": "One chain per parameter, from the loss back to it.",
        "backward": "Backward pass",
        "path": "The path runs ",
        "hint": "Work from the loss backwards, one arrow at a time.",
        "sum": "Sums over the samples stay outside the product; the last column is one sample's share.",
        "data": "the data",
    },
    "pt": {
        "worksheet": "folha de exercícios",
        "key": "gabarito",
        "notes": "notas",
        "title": "Retropropagação à mão",
        "course": "Redes neurais",
        "name": "Nome",
        "date": "Data",
        "points": "{} pontos",
        "total": "22 pontos",
        "forward": "Propagação direta",
        "fill": "Preencha a tabela, uma linha por amostra.",
        "chain": "A cadeia de ",
        "five": "Escreva as cinco derivadas parciais e calcule cada uma.",
        "value": "Seu valor",
        "digits": "Quatro algarismos significativos.",
        "why": "Em palavras",
        "whywords": "Por que a segunda amostra é a que mais puxa este peso?",
        "because": "Seu erro é o maior, e sua entrada não é 0.",
        "power": "regra da potência, a parte de uma amostra na média",
        "sigmoid": "sigmoide, pela própria saída",
        "linear": "linear",
        "relu": "ReLU; em 0 tomamos 0",
        "intro": "Uma cadeia por parâmetro, da perda até ele.",
        "backward": "Propagação reversa",
        "path": "O caminho é ",
        "hint": "Vá da perda para trás, uma seta de cada vez.",
        "sum": "As somas sobre as amostras ficam fora do produto; a última coluna é a parte de uma amostra.",
        "data": "os dados",
    },
}

EQUATIONS = (
    ("Z_3", "W_13*x_1 + W_23*x_2 + b_3"),
    ("A_3", "ReLU(Z_3)"),
    ("Z_4", "W_14*x_1 + W_24*x_2 + b_4"),
    ("A_4", "ReLU(Z_4)"),
    ("Z_5", "W_35*A_3 + W_45*A_4 + b_5"),
    ("A_5", "sig(Z_5)"),
)
COLUMNS = ("x_1", "x_2", "y", "Z_3", "A_3", "Z_4", "A_4", "Z_5", "A_5")
ROWS = (
    ("1", "1", "1", "3/2", "3/2", "1/2", "1/2", "2", "0.8808"),
    ("1", "0", "0", "1/2", "1/2", "-1/2", "0", "1/2", "0.6225"),
    ("0", "1", "0", "1/2", "1/2", "3/2", "3/2", "-1", "0.2689"),
    ("0", "0", "0", "-1/2", "0", "1/2", "1/2", "-1", "0.2689"),
)
SHARES = (
    ("1", "1", "1", "1", "-0.059601", "0.104994", "2", "1", "1", "-0.0125"),
    ("2", "1", "0", "0", "0.311230", "0.235004", "2", "1", "1", "0.1463"),
    ("3", "0", "1", "0", "0.134471", "0.196612", "2", "1", "0", "0"),
    ("4", "0", "0", "0", "0.134471", "0.196612", "2", "0", "0", "0"),
)
CHAIN = ("Loss", "A_5", "Z_5", "A_3", "Z_3", "W_13")
WEIGHTS = {"W_13": 1, "W_23": 1, "W_14": -1, "W_24": 1, "W_35": 2, "W_45": -1}
BIASES = {"b_3": Fraction(-1, 2), "b_4": Fraction(1, 2), "b_5": Fraction(-1, 2)}


def parsed(text: str) -> Expr:
    """The tree of an expression."""
    return parse_expression(text, Place("sample", 1, 1, 1, text), vocabulary())


def figure(text: str) -> Expr:
    """A number as printed."""
    return Shown(Fraction(text), text, exact=False) if "." in text else Num(Fraction(text))


def gap(audience: str, answer: Expr, width: float, height: float = 1.4) -> Expr:
    """A gap; on a key it is filled."""
    return Gap(width, height) if audience == "worksheet" else Filled(answer, width, height)


def words(*parts: str | Expr) -> Prose:
    """Words and formulas in a row."""
    return tuple(Text(part) if isinstance(part, str) else Math(part) for part in parts)


def drawing(strong: tuple[str, ...] = (), compact: bool = True) -> Figure:
    """The AND network."""
    hidden = (
        Neuron("3", 1, ("x_1", "x_2"), ("W_13", "W_23"), "b_3", "Z_3", "A_3", "relu"),
        Neuron("4", 1, ("x_1", "x_2"), ("W_14", "W_24"), "b_4", "Z_4", "A_4", "relu"),
    )
    output = (Neuron("5", 2, ("A_3", "A_4"), ("W_35", "W_45"), "b_5", "Z_5", "A_5", "sigmoid"),)
    made = network_drawing(
        Network(("x_1", "x_2"), (hidden, output)),
        compact=compact,
        strong=strong,
        weights={name: number(value) for name, value in WEIGHTS.items()},
        biases={name: number(value) for name, value in BIASES.items()},
    )
    return Figure(made, "The network: two inputs, two hidden units, one output (α → β).")


def definitions() -> Equations:
    """The network's equations."""
    square = Product((number(Fraction(1, 4)), SumOver("i", number(4), parsed("(y - A_5)^2"))))
    pairs = [(name, parsed(body)) for name, body in EQUATIONS] + [("Loss", square)]
    return Equations(tuple(Line(Sym(name), (("=", body),)) for name, body in pairs))


def factors() -> tuple[tuple[Expr, str], ...]:
    """The local derivatives of the chain, with their reasons."""
    local = Product((Sym("A_5"), parsed("1 - A_5")))
    first = Product((number(Fraction(-1, 2)), parsed("y - A_5")))
    return (
        (first, "power"),
        (local, "sigmoid"),
        (Sym("W_35"), "linear"),
        (Prime("relu", (Sym("Z_3"),), "ReLU"), "relu"),
        (Sym("x_1"), "linear"),
    )


def partials() -> tuple[Partial, ...]:
    """The partial derivatives of the chain."""
    return tuple(Partial(Sym(of), Sym(by)) for of, by in pairwise(CHAIN))


def gradient() -> Partial:
    """∂Loss/∂W_13"""
    return Partial(Sym("Loss"), Sym("W_13"))


def sheet(audience: str, language: str = "en") -> Document:
    """The worksheet, or its key."""
    said = WORDS[language]
    table = Table(
        tuple(Sym(name) for name in COLUMNS),
        tuple((*map(figure, row[:3]), *(gap(audience, figure(cell), 3.2) for cell in row[3:])) for row in ROWS),
        given=3,
        caption=said["data"],
    )
    chain = Product(tuple(gap(audience, part, 4.2, 2.5) for part in partials()))
    lines = (
        Line(gradient(), (("=", chain),)),
        *(Line(part, (("=", gap(audience, factor, 14)),)) for part, (factor, _) in zip(partials(), factors(), strict=True)),
    )
    because = (Paragraph(words(said["because"])),) if audience == "key" else ()
    blocks: tuple[Block, ...] = (
        SideBySide((drawing(),), (definitions(),)),
        Task("1", words(said["forward"]), words(said["fill"]), said["points"].format(8), (table,)),
        Task(
            "2",
            words(said["chain"], Sym("W_13")),
            words(said["five"]),
            said["points"].format(10),
            (Equations(lines[:1]), Equations(lines[1:])),
            hint=words(said["hint"]),
        ),
        Task(
            "3",
            words(said["value"]),
            words(said["digits"]),
            said["points"].format(4),
            (Equations((Line(gradient(), (("≈", gap(audience, figure("0.1338"), 7)),)),)),),
        ),
        Task("4", words(said["why"]), words(said["whywords"]), "", (Space(4, because),)),
    )
    return Document(
        audience,
        said[audience],
        language,
        said["title"],
        blocks,
        (said["name"], said["date"]),
        said["course"],
        "a4",
        said["total"],
    )


def notes(language: str = "en") -> Document:
    """The notes for one parameter."""
    said = WORDS[language]
    worked = [Line(part, (("=", factor),), words(said[why])) for part, (factor, why) in zip(partials(), factors(), strict=True)]
    relu = Cases(((Compare(">", Sym("Z_3"), number(0)), number(1)),), number(0))
    worked[3] = Line(worked[3].left, (*worked[3].steps, ("=", relu)), worked[3].reason)
    unreduced = Neg(Product((Quotient(number(2), number(4)), parsed("y - A_5"))))
    worked[0] = Line(worked[0].left, (("=", unreduced), *worked[0].steps), worked[0].reason)
    body = Product(tuple(factor for factor in (parsed("y - A_5"), factors()[1][0], Sym("W_35"), factors()[3][0], Sym("x_1"))))
    total = Neg(Product((number(Fraction(1, 2)), SumOver("i", number(4), body))))
    header = (Sym("i"), Sym("x_1"), Sym("x_2"), Sym("y"), *(factor for factor, _ in factors()), Sym("share"))
    table = Table(
        header,
        tuple(tuple(map(figure, row)) for row in SHARES),
        given=4,
        footer=(*(None,) * 9, Marked(figure("0.1338"))),
        caption=said["data"],
    )
    arrows = [part for name in CHAIN for part in (Sym(name), " → ")][:-1]
    blocks: tuple[Block, ...] = (
        Paragraph(words(said["intro"])),
        Heading(words(said["backward"])),
        Heading(words(gradient()), 2, "1"),
        SideBySide(
            (
                Equations((Line(gradient(), (("=", Product(partials())),)),)),
                Paragraph(words(said["path"], *arrows, "."), "quiet"),
            ),
            (drawing((*CHAIN, "Loss")),),
        ),
        Equations(tuple(worked)),
        Equations((Line(gradient(), (("=", total),)),)),
        table,
        Paragraph(words(said["sum"]), "quiet"),
        Together((Equations((Line(gradient(), (("≈", Boxed(figure("0.1338"))),)),)),)),
        Paragraph((Strong("100 %"), Text(" & #1 {x} ~ ^ \\ “quoted” $ 中"))),
    )
    return Document("notes", said["notes"], language, said["title"], blocks, course=said["course"])
