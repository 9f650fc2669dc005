"""What becomes what, kept as bytes: with it a film is the same whatever the engine says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.engines import Engine
from doodle_core.geometry.contour import Contour, contours_of
from doodle_core.inbetween.posing import Inbetweens
from doodle_core.matching.correspondence import Span
from doodle_core.matching.model import StrokeModel
from doodle_core.matching.storage import from_bytes, to_bytes
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey
from training.evaluate import shuffled
from training.scenes import SCENES

WRITING = next(scene for scene in SCENES if scene.name == "handwriting")


class Noisy:
    """The real engine, on a machine whose arithmetic is off."""

    def __init__(self, engine: Engine, amount: float) -> None:
        self._engine, self._amount, self._random = engine, amount, np.random.default_rng(3)

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    def run(self, graph: str, **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        clean = self._engine.run(graph, **inputs)
        return [one + (self._amount * self._random.standard_normal(one.shape)).astype(np.float32) for one in clean]


def drawing(seed: int) -> Drawing:
    """A few wandering lines and a ring."""
    random = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, 24)
    lines = [np.cumsum(random.normal(0, 0.02, (24, 2)), 0) + random.uniform(0.3, 0.7, 2) for _ in range(4)]
    lines.append(random.uniform(0.3, 0.7, 2) + 0.15 * np.column_stack([np.cos(turn), np.sin(turn)]))
    return Drawing.make(lines, 0.012)


KEYS = [LatentKey(drawing(seed), float(seed), drawing(seed)) for seed in range(4)]
# Keys of which the network decides, and not only the shapes.
KEYS += [LatentKey(shuffled(WRITING.draw(0.0 + k), k), 10.0 + k) for k in range(3)]


def opened(noise: float = 0.0) -> StrokeModel:
    model = DoodleModel.load(engine="onnx")
    assert isinstance(model, StrokeModel)
    if noise:
        model.engine = Noisy(model.engine, noise)  # type: ignore[assignment]
    return model


def same(one: Inbetweens, other: Inbetweens) -> bool:
    a, b = one.aligned, other.aligned
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("first", "second", "offsets"))


def test_a_machine_that_knows_aligns_exactly_as_the_one_that_decided() -> None:
    here, elsewhere, alone = opened(), opened(5.0), opened(5.0)
    others = 0
    for first, second in pairwise(KEYS):
        assert here.match(first, second) is None
        decided = here.match(first, second, decide=True)
        assert decided is not None and elsewhere.know(first, second, decided)
        wanted = here.inbetweens(first, second)
        assert same(elsewhere.inbetweens(first, second), wanted)
        assert elsewhere.match(first, second) == decided
        others += not same(alone.inbetweens(first, second), wanted)
    assert others > 0, "noise makes a difference where nothing is known"


def test_what_is_known_counts_even_where_it_was_decided_already() -> None:
    here = opened()
    decided = here.match(KEYS[0], KEYS[1], decide=True)
    lines, others = contours_of(drawing(0)), contours_of(drawing(1))
    own = [Span(k, 4 - k, lines[k].lengths[[0, -1]], others[4 - k].lengths[[0, -1]]) for k in range(5)]
    here.inbetweens(KEYS[0], KEYS[1])
    assert here.know(KEYS[0], KEYS[1], to_bytes(own)) and to_bytes(own) != decided
    found = here.inbetweens(KEYS[0], KEYS[1])
    assert [(span.line, span.other) for span in found.aligned.spans] == [(k, 4 - k) for k in range(5)]


@pytest.mark.parametrize("damage", [b"", b"\x02rest", b"\x03short", b"\x03" + bytes(8), b"\x03" + b"\x7f" * 64])
def test_what_does_not_fit_is_decided_anew(damage: bytes) -> None:
    here, elsewhere = opened(), opened()
    elsewhere.know(KEYS[2], KEYS[3], damage)
    assert same(elsewhere.inbetweens(KEYS[2], KEYS[3]), here.inbetweens(KEYS[2], KEYS[3]))
    assert elsewhere.match(KEYS[2], KEYS[3]) == here.match(KEYS[2], KEYS[3])


LENGTHS = st.lists(st.floats(-100, 100), min_size=2, max_size=6).map(sorted)


@given(LENGTHS, st.booleans())
def test_spans_come_back_as_they_were(lengths: list[float], back: bool) -> None:
    dots = [Contour(np.zeros((1, 3)))] * 2
    numbers, none = np.array(lengths), np.zeros(0)
    spans = [
        Span(0, 1, numbers, numbers[::-1].copy() if back else numbers),
        Span(1, -1, numbers, none),
        Span(-1, 0, none, numbers),
    ]
    found = from_bytes(to_bytes(spans), dots, dots)
    assert found is not None and len(found) == 3
    for one, other in zip(spans, found, strict=True):
        assert (one.line, one.other) == (other.line, other.other)
        np.testing.assert_array_equal(one.here, other.here)
        np.testing.assert_array_equal(one.there, other.there)


def test_spans_of_other_contours_are_not_taken() -> None:
    dots = [Contour(np.zeros((1, 3)))] * 3
    numbers = np.array([0.0, 1.0])
    one = to_bytes([Span(0, 0, numbers, numbers)])
    assert from_bytes(one, dots[:1], dots[:1]) is not None
    assert from_bytes(one, dots[:2], dots[:1]) is None  # a contour that no span covers
    assert from_bytes(to_bytes([Span(0, 7, numbers, numbers)]), dots[:1], dots[:1]) is None
    assert from_bytes(to_bytes([Span(0, 0, numbers, np.array([0.0, np.nan]))]), dots[:1], dots[:1]) is None
    assert from_bytes(to_bytes([Span(0, 0, numbers[::-1].copy(), numbers)]), dots[:1], dots[:1]) is None
