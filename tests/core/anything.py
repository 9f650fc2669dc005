"""Whatever may be given to the library, for properties: drawings, pixels and numbers of every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core.drawing import Drawing, Picture, Shown
from doodle_core.errors import DoodleError

Answer = TypeVar("Answer")

LARGEST, SMALLEST = float(np.finfo(np.float32).max), float(np.finfo(np.float32).tiny)

numbers = st.one_of(st.floats(), st.integers(-(2**70), 2**70), st.floats(-3, 3))
"""Any at all: NaN, infinities, the largest, the smallest; often small ones."""

whole = st.one_of(st.integers(), st.integers(-(2**70), 2**70), st.integers(0, 3))

coordinates = st.one_of(
    st.floats(0, 1, width=32, allow_subnormal=False),
    st.sampled_from([0.0, 0.5, 1.0, -1.0, 1e-30, SMALLEST, 1e6, -1e20, LARGEST, -LARGEST]),
    st.floats(-LARGEST, LARGEST, width=32, allow_subnormal=False),
).map(np.float32)
near = st.floats(-0.5, 1.5, width=32, allow_subnormal=False).map(np.float32)
thin = st.floats(0, 0.125, width=32, allow_subnormal=False).map(np.float32)
radii = st.one_of(
    st.floats(0, 0.125, width=32, allow_subnormal=False), st.sampled_from([0.0, SMALLEST, 1e-9, 0.5, 1e6, LARGEST])
).map(np.float32)
shares = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1, width=32, allow_subnormal=False))


def examples(few: int) -> Callable[[Answer], Answer]:
    """`few` examples out of hypothesis's usual hundred; as many times more as a larger profile has."""
    return settings(max_examples=max(1, few * settings().max_examples // 100))  # type: ignore[return-value]


def answered(ask: Callable[[], Answer]) -> Answer | None:
    """What is answered; None where it is refused, as users are to read it. Warnings are to be errors already."""
    try:
        return ask()
    except DoodleError as error:
        said = str(error)
        assert "\n" not in said and 10 < len(said) < 300, said
        return None


def array(elements: st.SearchStrategy[Any], shape: Any, dtype: Any = np.float32) -> st.SearchStrategy[Any]:
    return hnp.arrays(dtype, shape, elements=elements.map(float))


@st.composite
def few_shapes(
    draw: st.DrawFn, coordinates: st.SearchStrategy[Any] = coordinates, radii: st.SearchStrategy[Any] = radii
) -> Drawing:
    """Up to five contours of up to six points in up to as many shapes, lines and areas with holes and islands: empty
    ones, dots, many points in one place, beyond all canvases, no width."""
    lengths = draw(st.lists(st.integers(0, 6), max_size=5))
    contours, count = len(lengths), sum(lengths)
    points = draw(array(coordinates, (count, 2)))
    if count and draw(st.booleans()):  # places that are passed again and again
        points = points[draw(hnp.arrays(np.int64, count, elements=st.integers(0, min(2, count - 1))))]
    # Mostly a shape a contour; some of several, and some of none.
    ends = draw(st.just(range(1, contours + 1)) | st.lists(st.integers(0, contours), max_size=4).map(sorted))
    shapes = [0, *ends] if not contours or (ends and ends[-1] == contours) else [0, *ends, contours]
    number = len(shapes) - 1
    return Drawing(
        points=points,
        radii=draw(array(radii, count)),
        opacities=np.ones(count) if draw(st.booleans()) else draw(array(shares, count)),
        offsets=np.cumsum([0, *lengths]),
        cyclic=draw(hnp.arrays(bool, contours)),
        shapes=np.array(shapes),
        areas=draw(hnp.arrays(bool, number)),
        colours=draw(array(shares, (count, 3))) if draw(st.booleans()) else None,
        styles=draw(st.none() | hnp.arrays(np.int32, number, elements=st.integers(0, 2))),
        layers=draw(st.none() | hnp.arrays(np.int32, number, elements=st.integers(0, 2)).map(np.sort)),
    )


@st.composite
def many_shapes(draw: st.DrawFn) -> Drawing:
    """One shape of thousands of points, or hundreds of shapes, some of them areas."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if draw(st.booleans()):
        lines = [0.5 + np.cumsum(rng.normal(size=(draw(st.integers(1000, 4000)), 2)), axis=0) * 0.01]
    else:
        lines = list(rng.random((draw(st.integers(50, 200)), 3, 2)))
    filled = [draw(st.booleans())] * len(lines) if len(lines) == 1 else (rng.random(len(lines)) < 0.2).tolist()
    radius = draw(st.sampled_from([0.001, 0.01, 0.1]))
    return Drawing.make(lines, radius, cyclic=draw(st.booleans()), filled=filled)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Black, white, one pixel, noise, lines of hardly any ink; some in colours."""
    size = draw(st.sampled_from([1, 2, 3, 17, 40]))
    kind = draw(st.sampled_from(["black", "white", "noise", "grey", "hard"]))
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    colours = dice.integers(0, 256, (size, size, 3), np.uint8) if draw(st.booleans()) else None
    if kind in ("black", "white"):
        return Picture(np.full((size, size), float(kind == "black")), colours)
    if kind == "grey":
        return Picture(np.full((size, size), draw(shares)), colours)
    noise = dice.random((size, size))
    return Picture(noise if kind == "noise" else noise > 0.7, colours)


def drawings() -> st.SearchStrategy[Shown]:
    """Mostly drawings: what is traced takes its time."""
    return st.one_of(few_shapes(), few_shapes(), few_shapes(), many_shapes(), pictures())
