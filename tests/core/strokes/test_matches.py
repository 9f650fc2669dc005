"""What becomes what, kept as bytes: with it a film is the same whatever the engine says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from doodle_core.drawing import Strokes
from doodle_core.engines import Engine
from doodle_core.model import DoodleModel
from doodle_core.strokes.correspondence import Span
from doodle_core.strokes.lines import Line
from doodle_core.strokes.matches import from_bytes, to_bytes
from doodle_core.strokes.paired import Paired


class Noisy:
    """The real engine, on a machine whose arithmetic is off."""

    def __init__(self, engine: Engine, amount: float) -> None:
        self._engine, self._amount, self._random = engine, amount, np.random.default_rng(3)

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    def run(self, graph: str, **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        clean = self._engine.run(graph, **inputs)
        if graph != "matcher":  # fields that are off by a little look so; what is chosen by scores does not
            return clean
        return [one + (self._amount * self._random.standard_normal(one.shape)).astype(np.float32) for one in clean]


def drawing(seed: int) -> Strokes:
    """A few wandering lines and a ring."""
    random = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, 24)
    lines = [np.cumsum(random.normal(0, 0.02, (24, 2)), 0) + random.uniform(0.3, 0.7, 2) for _ in range(4)]
    lines.append(random.uniform(0.3, 0.7, 2) + 0.15 * np.column_stack([np.cos(turn), np.sin(turn)]))
    points = np.concatenate(lines).astype(np.float32)
    return Strokes(
        points=points,
        radii=np.full(len(points), 0.012, np.float32),
        opacities=np.ones(len(points), np.float32),
        offsets=np.arange(6) * 24,
        cyclic=np.zeros(5, bool),
        filled=np.zeros(5, bool),
    )


@pytest.fixture(scope="module")
def latents() -> NDArray[np.float32]:
    return DoodleModel.load(engine="onnx").encode([drawing(seed) for seed in range(8)])


def same(one: Paired, other: Paired) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("first", "second", "offsets"))


def test_a_machine_that_is_told_pairs_exactly_as_the_one_that_decided(latents: NDArray[np.float32]) -> None:
    here, elsewhere, alone = (DoodleModel.load(engine="onnx") for _ in range(3))
    elsewhere.engine, alone.engine = Noisy(here.engine, 5.0), Noisy(here.engine, 5.0)  # type: ignore[assignment]
    others = 0
    for first, second in zip(latents, np.roll(latents, -1, 0), strict=True):
        assert here.match(first, second) is None
        decided = here.match(first, second, decide=True)
        assert decided is not None and elsewhere.know(first, second, decided)
        paired = here.pair(first, second)  # type: ignore[attr-defined]
        assert same(elsewhere.pair(first, second), paired)  # type: ignore[attr-defined]
        assert elsewhere.match(first, second) == decided
        others += not same(alone.pair(first, second), paired)  # type: ignore[attr-defined]
    assert others == len(latents), "noise makes a difference to who is not told"


def test_what_is_told_counts_even_where_it_was_decided_already(latents: NDArray[np.float32]) -> None:
    here, elsewhere = DoodleModel.load(engine="onnx"), DoodleModel.load(engine="onnx")
    elsewhere.engine = Noisy(here.engine, 5.0)  # type: ignore[assignment]
    decided = here.match(latents[0], latents[1], decide=True)
    assert elsewhere.match(latents[0], latents[1], decide=True) != decided
    assert decided is not None and elsewhere.know(latents[0], latents[1], decided)
    assert same(elsewhere.pair(latents[0], latents[1]), here.pair(latents[0], latents[1]))  # type: ignore[attr-defined]


@pytest.mark.parametrize("damage", [b"", b"\x02rest", b"\x01short", bytes([1]) + bytes(8), bytes([1]) + b"\x7f" * 64])
def test_what_does_not_fit_is_decided_anew(latents: NDArray[np.float32], damage: bytes) -> None:
    here, elsewhere = DoodleModel.load(engine="onnx"), DoodleModel.load(engine="onnx")
    elsewhere.know(latents[2], latents[3], damage)
    assert same(elsewhere.pair(latents[2], latents[3]), here.pair(latents[2], latents[3]))  # type: ignore[attr-defined]
    assert elsewhere.match(latents[2], latents[3]) == here.match(latents[2], latents[3])


LENGTHS = st.lists(st.floats(-100, 100), min_size=2, max_size=6)


@given(LENGTHS, st.sampled_from([(0, 1), (1, -1), (-1, 0)]))
def test_spans_come_back_as_they_were(lengths: list[float], names: tuple[int, int]) -> None:
    lines = [Line.__new__(Line)] * 2  # how many there are is all that counts
    line, other = names
    numbers = np.array(lengths)
    none = np.zeros(0)
    span = Span(line, other, numbers if line >= 0 else none, numbers[::-1].copy() if other >= 0 else none)
    (back,) = from_bytes(to_bytes([span]), lines, lines) or []
    assert (back.line, back.other) == names
    assert np.array_equal(back.here, span.here) and np.array_equal(back.there, span.there)
