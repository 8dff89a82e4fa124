"""Worked examples as public notes have them: minimal transcriptions, facts only, and what is to be said of each relation.

Retold from mattmazur.com; github.com: melfm/notes, Mahfuzar148, sreekanth9999/Interview_Prep, MihirSaiDudekula/VIsem_Labs,
lkhagvaa2444/_ml, klxcoder/learn-machine-learning; fiqlab.vercel.app, apxml.com, mikekawasaki.com, surafelml.github.io,
aiml-notes.pages.dev; and a note on softmax, one on the graph of one weight, exercises with a GRU, one on difference quotients.
Two slips are theirs (digits that changed places, an exponential); the one in the mean is ours.
"""

from collections import Counter

import pytest

from derivgen.claims.check import check

NOTES = {
    "mazur": (
        r"""
\[ net_{h1} = w_1 \cdot i_1 + w_2 \cdot i_2 + b_1 \cdot 1 = 0.15 \cdot 0.05 + 0.2 \cdot 0.1 + 0.35 \cdot 1 = 0.3775 \]
\[ out_{h1} = \frac{1}{1 + e^{-net_{h1}}} = \frac{1}{1 + e^{-0.3775}} = 0.593269992 \]
\[ E_{o1} = \frac{1}{2}(0.01 - 0.75136507)^{2} = 0.274811083 \]
""",
        "unread true true rounded rounded",
    ),
    "two layers, names without underscores": (
        r"""
\begin{align}
    z1 = w1 * x1 + w2 * x2 + b1 \\
    z1 = 0.15 * 0.05 + 0.2 * 0.1 + 0.30 = 0.3275
\end{align}
\begin{equation} h1 = \sigma (z1) = \frac{1}{1 + e ^ {- 0.3275}} = 0.5812 \end{equation}
\begin{align} y1 = (0.4 * 0.5812 + 0.45 * 0.5812) + 0.6 = 1.094 \\ \hat{y1} = \sigma (y1) = 0.7491 \end{align}
\begin{equation} E_y1 = \frac{1}{2}(t1 - \hat{y1})^2 = \frac{1}{2}(0.01 - 0.7491)^2 = 0.2731 \end{equation}
""",
        "true true rounded rounded rounded unread rounded",
    ),
    "one neuron, Unicode indices and boxes": (
        r"""
$$ z = (3000 \cdot 0.001) + (6 \cdot 0.01) + (1 \cdot -0.005) + 0.1 $$
$$ z = 3.0 + 0.06 - 0.005 + 0.1 = \boxed{3.155} $$
$$ \hat{y} = \sigma(z) = \frac{1}{1 + e^{-z}} = \frac{1}{1 + e^{-3.155}} \approx \boxed{0.9591} $$
$$ \text{Loss} = (0 - 0.9591)^2 = \boxed{0.91988} $$
$$ \frac{\partial \hat{y}}{\partial z} = \hat{y}(1 - \hat{y}) = 0.9591 \cdot (1 - 0.9591) = \boxed{0.03932} $$
$$ \frac{\partial l}{\partial w₁} = 0.0755 \cdot 3000 = \boxed{226.5} $$
""",
        "true true true rounded rounded true false true",
    ),
    "two inputs, plain text": (
        "net_h1 = (0.15 × 0.05) + (0.20 × 0.10) + 0.35\n= 0.0075 + 0.0200 + 0.3500\n= 0.3775\n"
        "out_h1 = 1 / (1 + 0.68566) = 1 / 1.68566 = 0.59327\n",
        "true false",  # the figure before it, 0.68566, has two digits that are not those of e^-0.3775
    ),
    "cross-entropy, plain d": (
        r"""
$$ z1 = 1.0 \cdot 0.5 = 0.5 \\ z2 = 0.5 \cdot 0.5 = 0.25 \\ a2 = \text{sigmoid}(z2) = \frac{1}{1 + e^{-0.25}} \approx 0.562 $$
$$ \frac{da2}{dz2} = 0.562 \cdot (1 - 0.562) \approx 0.562 \cdot 0.438 \approx 0.246 $$
$$ \frac{dL}{da2} = 0.562 - 0 = 0.562 $$
$$ \frac{dL}{dz2} = \frac{dL}{da2} \cdot \frac{da2}{dz2} = 0.562 \cdot 0.246 \approx 0.138 $$
$$ \frac{dL}{dw2} = 0.138 \cdot 0.5 = 0.069 $$
""",
        "true true true rounded true rounded true true rounded true",
    ),
    "softmax of three classes": (
        r"""
$$ \begin{bmatrix} 1.0 & 2.0 \end{bmatrix} \cdot \begin{bmatrix} 0.2 & -0.3 & 0.5 \\ -0.5 & 0.7 & -0.2 \end{bmatrix}
= \begin{bmatrix} (1*0.2 + 2*(-0.5)) & (1*(-0.3) + 2*0.7) & (1*0.5 + 2*(-0.2)) \end{bmatrix} $$
$$ = \begin{bmatrix} 0.2 - 1.0 & -0.3 + 1.4 & 0.5 - 0.4 \end{bmatrix} = \begin{bmatrix} -0.8 & 1.1 & 0.1 \end{bmatrix} $$
$$ [-0.8, 1.1, 0.1] - 1.1 = [-1.9, 0, -1.0] $$
$$ [e^{-1.9}, e^0, e^{-1.0}] ≈ [0.149, 1.0, 0.368] $$
$$ \text{sum} = 0.149 + 1.0 + 0.368 = 1.517 $$
$$ \left[ \frac{0.149}{1.517}, \frac{1.0}{1.517}, \frac{0.368}{1.517} \right] ≈ [0.098, 0.659, 0.242] $$
$$ \text{Loss} = -\log(0.659) ≈ 0.417 $$
$$ \text{grad} = [0.098, 0.659, 0.242] - [0, 1, 0] = [0.098, -0.341, 0.242] $$
""",
        "true true true true rounded true rounded rounded true",
    ),
    "softmax of 2, 1, 0": (
        r"""
$e^2=7.389$, $e^1=2.718$, $e^0=1$
$S=7.389+2.718+1=11.107$
$p_1=\frac{7.389}{11.107}=0.665$, $p_2=\frac{2.718}{11.107}=0.245$, $p_3=\frac{1}{11.107}=0.090$
$L=-\ln(p_1)=-\ln(0.665)=0.408$
$\frac{\partial L}{\partial z_1}=0.665-1=-0.335$, $\frac{\partial L}{\partial z_2}=0.245-0=0.245$
""",
        "rounded rounded true true rounded rounded rounded true rounded true true",
    ),
    "a product and a sum": (
        r"""
* $f(x, y, z) = (x \cdot y) + z$ with $x = 1, y = 2, z = 3$
* $q = x \cdot y = 1 \cdot 2 = 2$
* $f = q + z = 2 + 3 = 5$
* $f = q + z \Rightarrow \frac{\partial f}{\partial q} = 1, \frac{\partial f}{\partial z} = 1$
* $q = x \cdot y \Rightarrow \frac{\partial q}{\partial x} = y = 2, \frac{\partial q}{\partial y} = x = 1$
* $\frac{\partial f}{\partial x} = \frac{\partial f}{\partial q} \cdot \frac{\partial q}{\partial x} = 1 \cdot 2 = 2$
""",
        "true true true true true true",
    ),
    "the graph of one weight": (
        r"""
$ŷ = w × x = 1 × 1 = 1$ with $w = 1$, $x = 1$, $y = 2$
$s = ŷ - y = 1 - 2 = -1$, $L = s^2 = (-1)^2 = 1$
$$ \frac{∂L}{∂s} = 2s = 2 × (-1) = -2 $$
$$ \frac{∂L}{∂ŷ} = \frac{∂L}{∂s} × \frac{∂s}{∂ŷ} = -2 × 1 = -2 $$
""",
        "unread true true true true true true true unread true",
    ),
    "logistic loss of one point": (
        r"""
$w = 0.5$, $b = -1$, $x = 2$, $y = 1$. $z = w x + b = 0$, $p = \sigma(z) = 0.5$, $L = -\ln p = 0.6931$
$\frac{dL}{dp} = -\frac{y}{p} = -2$, $\frac{dp}{dz} = p(1 - p) = 0.25$, $\frac{dL}{dw} = -2 \cdot 0.25 \cdot x = -1$
$w \leftarrow 0.5 + 0.1 = 0.6$
""",
        "true true rounded true true true unread true",
    ),
    "one hidden unit": (
        r"""
$x = 0.5$, $w_1 = 0.2$, $b_1 = 0.1$, $w_2 = 0.9$, $b_2 = -0.3$, $y = 0.8$
$$ z_1 = w_1 x + b_1 = (0.2)(0.5) + 0.1 = 0.2 $$
$$ h = \sigma(z_1) = \frac{1}{1 + e^{-0.2}} \approx 0.5498 $$
$$ z_2 = w_2 h + b_2 = (0.9)(0.5498) - 0.3 \approx 0.1948 $$
$$ o = \sigma(0.1948) \approx 0.5485, \quad L = \frac{1}{2}(0.8 - 0.5485)^2 \approx 0.0316 $$
$$ \delta_2 = (o - y) o (1 - o) = (0.5485 - 0.8)(0.5485)(0.4515) \approx -0.0623 $$
""",
        "true true true rounded true rounded rounded rounded true rounded",
    ),
    "mean of three outputs": (
        r"""
$\frac{2}{3}(0.964 - 0) \approx 0.642$ und $0.642 \cdot 1 \cdot 1 \cdot 1.0 = 0.642$; $\frac{2}{3} \cdot 0.964 = 0.624$
""",
        "rounded true false",
    ),
    "vectors and errors": (
        r"""
$\hat{y} = 0.6473$, $y = 1$, $\delta_2 = \hat{y} - y = -0.3527$, $a_1 = [0.5251, 0.5744]$
$\delta_2 a_1 = [-0.1852, -0.2026]$
""",
        "true rounded",
    ),
    "relu layer in matrices": (
        r"""
$$ z = \begin{bmatrix} 0.1 & 0.2 \\ 0.3 & 0.4 \end{bmatrix} \begin{bmatrix} 0.5 \\ 0.8 \end{bmatrix}
+ \begin{bmatrix} 0.1 \\ 0.1 \end{bmatrix} = \begin{bmatrix} 0.31 \\ 0.57 \end{bmatrix}, \quad h = \max(0, z) $$
$$ v = (0.5, 0.6)^T, \qquad v^T z + 0.1 = 0.597, \qquad \sigma(0.597) = 0.6450 $$
""",
        "true true rounded",
    ),
    "gates of one unit": (
        r"""
$r_t = \sigma(0.7 \cdot 0.2 + (-0.3) \cdot 0.5) = \sigma(-0.01) = 0.4975$
$u_t = \sigma(0.7 \cdot 0.3 - 0.3 \cdot 0.2) = \sigma(0.15) = 0.5374$
$\tilde h_t = \tanh(0.7 \cdot 0.4 + r_t \cdot (-0.3) \cdot (-0.7)) = 0.3666$
$h_t = (1-u_t) \cdot (-0.3) + u_t \cdot \tilde h_t = 0.0582$
""",
        "true rounded true rounded rounded rounded",
    ),
    "a difference quotient": (
        r"""
$f(x) = 3x^2 + 4x + 6$; $f(2) = 26$, $f'(2) = 16$ and $\frac{f(2.0001) - f(2)}{0.0001} \approx 16$
""",
        "true true rounded",
    ),
}


@pytest.mark.parametrize("note", NOTES)
def test_public_notes(note: str) -> None:
    text, wanted = NOTES[note]
    name = "note.txt" if "$" not in text and "\\" not in text else "note.md"
    assert [claim.verdict for claim in check(text.encode(), name).claims] == wanted.split()


def test_hardly_any_relation_of_numbers_is_unread() -> None:
    counts = Counter(verdict for _, wanted in NOTES.values() for verdict in wanted.split())
    assert len(NOTES) > 14 and counts.total() > 80
    assert counts["unread"] < 0.1 * counts.total()
