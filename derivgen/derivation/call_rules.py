"""The rules for what is written as a function of something: the table of functions, and the chain rule."""

from __future__ import annotations

from collections.abc import Callable

from derivgen.derivation.applied import Applied, Rule, Setting
from derivgen.derivation.writing import depends, product, reopened
from derivgen.maths.differentiate import derivative_formula
from derivgen.maths.functions import OUTPUT, Library, bound
from derivgen.maths.tree import ONE, Call, Derivative, Expr, Letter, Neg, Power, Prime, Product, Sum, Sym, walk


def slope(call: Call, slot: int, library: Library) -> Expr:
    """The derivative of a function of the table by one argument, as its entry has it: f'(u), or a formula in u and f(u)."""
    if call.component is not None:
        return _softmax(call, slot)
    function = library[call.function]
    if function.prime:
        return Prime(call.function, call.args, call.written, slot)
    formula = library.derivative(call.function, slot)
    assert formula is not None, call.function
    return bound(formula, {**library.arguments(call.function, call.args), OUTPUT: call})


def _softmax(call: Call, slot: int) -> Expr:
    """∂p_k/∂z_k = p_k (1 - p_k),  ∂p_k/∂z_j = -p_k p_j"""
    if slot == call.component:
        return Product((call, Sum((ONE, Neg(call)))))
    return Neg(Product((call, Call(call.function, call.args, call.written, slot))))


def of_function(open_: Derivative, setting: Setting) -> Applied:
    """f(x)' by the table of functions"""
    call = open_.body
    assert isinstance(call, Call)
    slot = next(k for k, arg in enumerate(call.args) if depends(arg, open_.by.name))
    named = call.written or call.function
    rule = _SAID.get(call.function) or Rule("derivative of {function}", {"function": named})
    return Applied(rule, slope(call, slot, setting.library))


_SAID = {
    "exp": Rule("derivative of the exponential"),
    "ln": Rule("derivative of the logarithm"),
    "sqrt": Rule("derivative of the square root"),
    "sin": Rule("derivative of the sine"),
    "cos": Rule("derivative of the cosine"),
}


def of_chain(open_: Derivative, setting: Setting) -> Applied:
    """f(g)' = df/du · g' with u = g"""
    inner, outer = inside_of(open_.body, open_.by.name)
    named = isinstance(inner, Letter)
    letter = inner if isinstance(inner, Letter) else setting.letter(inner)
    first = Derivative(outer(letter), letter, _others(outer(letter), letter))
    rule = Rule("chain rule") if named else Rule("chain rule with {u} = {g}", {"u": letter, "g": inner})
    return Applied(rule, Product((first, reopened(open_, inner))), None if named else letter)


def _others(expr: Expr, letter: Sym) -> bool:
    """Whether other names than the letter stand in the expression, so that its derivative is a partial one."""
    return any(isinstance(node, Sym) and node.name != letter.name for node in walk(expr))


def inside_of(body: Expr, name: str) -> tuple[Expr, Callable[[Expr], Expr]]:
    """What stands inside of the outermost function, and that function of something else."""
    if isinstance(body, Power):
        if depends(body.base, name):
            return body.base, lambda u: Power(u, body.exponent)
        return body.exponent, lambda u: Power(body.base, u)
    assert isinstance(body, Call)
    slot = next(k for k, arg in enumerate(body.args) if depends(arg, name))
    args = body.args
    return args[slot], lambda u: Call(body.function, (*args[:slot], u, *args[slot + 1 :]), body.written, body.component)


def of_arguments(open_: Derivative, setting: Setting) -> Applied:
    """f(g, h)' = f'_1 g' + f'_2 h'"""
    call = open_.body
    assert isinstance(call, Call)
    terms = [
        product(slope(call, k, setting.library), reopened(open_, arg))
        for k, arg in enumerate(call.args)
        if depends(arg, open_.by.name)
    ]
    return Applied(Rule("chain rule, argument by argument"), Sum(tuple(terms)))


def of_own(open_: Derivative, setting: Setting) -> Applied:
    """A function of the author's own is what it is defined as"""
    call = open_.body
    assert isinstance(call, Call)
    body = setting.library.value(call.function)
    assert body is not None
    names = setting.library.arguments(call.function, call.args)
    return Applied(
        Rule("definition of {function}", {"function": call.written or call.function}), reopened(open_, bound(body, names))
    )


def of_written_prime(open_: Derivative, setting: Setting) -> Applied:
    """f'(u) written by the author: worked out first"""
    prime = open_.body
    assert isinstance(prime, Prime)
    formula = derivative_formula(setting.library, prime.function, prime.slot)
    call = Call(prime.function, prime.args, prime.written)
    worked = bound(formula, {**setting.library.arguments(prime.function, prime.args), OUTPUT: call})
    return Applied(Rule("derivative of {function}", {"function": prime.written or prime.function}), reopened(open_, worked))
