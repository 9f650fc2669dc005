"""Pairs of keys with more than one answer: a link or two of the artist's, and the meant one is found."""

from __future__ import annotations

import pytest

from benchmarks.matching import linked_keys, wrong_shapes
from doodle_core.model import DoodleModel
from training.scenes.ambiguous import AMBIGUOUS
from training.scenes.dense.shapes import drawing_of


@pytest.fixture(scope="module")
def model() -> DoodleModel:
    return DoodleModel.load(threads=1)


def healed(model, name, links) -> list[int]:
    """How many shapes are wrong without links, with one, two, ... each at the longest that is wrong."""
    shapes = AMBIGUOUS[name](1)
    drawings = drawing_of(shapes[0]), drawing_of(shapes[1])
    chosen: list[tuple[int, int]] = []
    counts = []
    while len(chosen) <= links:
        made = model.inbetweens(*linked_keys(shapes, drawings, chosen))
        wrong, _ = wrong_shapes(made.aligned.spans, shapes)
        counts.append(len(wrong))
        if not wrong:
            break
        worst = max(wrong, key=lambda shape: wrong[shape])
        chosen.append((worst, [shape.number for shape in shapes[1]].index(shapes[0][worst].number)))
    return counts


@pytest.mark.parametrize("name", ("walkers", "wheel", "eyes", "windows"))
def test_one_link_heals_all(model, name) -> None:
    before, after = healed(model, name, 1)
    assert before > 5 and after == 0


@pytest.mark.parametrize("name, least", (("arms", 5), ("legs", 4), ("letters", 4)))
def test_one_link_heals_many(model, name, least) -> None:
    before, after = healed(model, name, 1)
    assert before - after >= least
