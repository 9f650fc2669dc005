"""Paint order between keys: layers stay apart, neighbours stay neighbours, and a change happens once, half-way."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from doodle_core.drawing import Drawing
from doodle_core.geometry.contour import contours_of
from doodle_core.inbetween.alignment import align
from doodle_core.inbetween.posing import Inbetweens
from doodle_core.matching.correspondence import Span
from tests.core.inbetween.making import drawn, line


def keys(
    first: list[str], second: list[str], layers: dict[str, int] | None = None
) -> tuple[Inbetweens, list[str], list[str]]:
    """Two keys whose shapes have names; equal names become each other."""

    def drawing(names: list[str]) -> Drawing:
        made = drawn([line((0, 3 * ord(name[0]) - 320), 0, 9) for name in names])
        return made if layers is None else replace(made, layers=[layers[name] for name in names])

    one, two = drawing(first), drawing(second)
    outlines = contours_of(one), contours_of(two)
    spans = []
    for k, name in enumerate(first):
        there = second.index(name) if name in second else -1
        spans.append(Span(k, there, outlines[0][k].lengths, outlines[1][there].lengths if there >= 0 else np.zeros(0)))
    for k, name in enumerate(second):
        if name not in first:
            spans.append(Span(-1, k, np.zeros(0), outlines[1][k].lengths))
    return Inbetweens(align(one, two, spans)), first, second


def order(made: tuple[Inbetweens, list[str], list[str]], fraction: float) -> str:
    inbetweens, first, second = made
    _, origins = inbetweens.at(fraction)
    return "".join(first[a] if a >= 0 else second[b] for a, b in origins.tolist())


def test_a_change_of_order_happens_once_half_way():
    made = keys(list("abc"), list("cab"))
    assert [order(made, s) for s in (0.01, 0.49, 0.5, 0.99)] == ["abc", "abc", "cab", "cab"]


def test_what_appears_lies_on_what_it_lies_on_later():
    made = keys(list("abc"), list("axbyc"))
    assert order(made, 0.1) == order(made, 0.9) == "axbyc"


def test_what_vanishes_keeps_its_neighbours():
    made = keys(list("axbyc"), list("abc"))
    assert order(made, 0.1) == order(made, 0.9) == "axbyc"


def test_layers_never_mix():
    layers = {"a": 0, "b": 0, "c": 1, "x": 0, "y": 1}
    made = keys(["a", "b", "c"], ["b", "a", "x", "y", "c"], layers)
    assert order(made, 0.2) in ("abxyc", "axbyc")
    assert order(made, 0.8) == "baxyc"
    for s in (0.2, 0.8):
        assert (np.diff(made[0].at(s)[0].layers) >= 0).all()


@given(st.permutations("abcdefg"), st.permutations("defghij"), st.floats(0.01, 0.99))
def test_any_two_orders_agree_with_the_nearer_key(first: list, second: list, fraction: float):
    made = keys(list(first), list(second))
    shown = order(made, fraction)
    assert sorted(shown) == sorted(set(first) | set(second))
    nearer = first if fraction < 0.5 else second
    assert [name for name in shown if name in nearer] == list(nearer)


def test_styles_change_with_the_order():
    one = replace(drawn([line((0, 0), 0, 9)]), styles=[2])
    two = replace(drawn([line((0, 4), 0, 9)]), styles=[5])
    lengths = contours_of(one)[0].lengths
    made = Inbetweens(align(one, two, [Span(0, 0, lengths, lengths)]))
    assert [int(made.at(s)[0].styles[0]) for s in (0.4, 0.6)] == [2, 5]
