"""Doodles with known motion: repeatable, inside the square, and truly between their keys."""

from __future__ import annotations

import math

import pytest
import torch

from training import lines2018, motion, shapes
from training.dataset import draw
from training.rasterize import SIZE, field_from_segments, ink_from_field


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def drawn(figure: motion.Figure, t: float) -> torch.Tensor:
    count = len(figure.scale)
    return field_from_segments(motion.segments_at(figure, torch.full((count,), t)), count)


def test_the_same_seed_draws_the_same_doodles() -> None:
    one, two, other = (draw("motion", 8, generator(s)) for s in (1, 1, 2))
    assert torch.equal(one.first, two.first) and torch.equal(one.between, two.between)
    assert not torch.equal(one.first, other.first)


def test_doodles_have_ink_and_keep_inside_the_square() -> None:
    figure = motion.sample(64, generator())
    for t in (0.0, 1.0):
        ink = ink_from_field(drawn(figure, t))
        amount = ink.flatten(1).sum(1)
        assert (amount > 3).float().mean() > 0.97  # a stroke may stand at its vanishing point
        assert (amount < 0.6 * SIZE * SIZE).all()
    border = torch.cat([drawn(figure, 0.0)[:, 0], drawn(figure, 0.0)[:, :, 0]])
    assert (border < 0).float().mean() > 0.97


def test_some_doodles_move_and_some_stand_still() -> None:
    figure = motion.sample(256, generator())
    moved = (drawn(figure, 0.0) - drawn(figure, 1.0)).abs().flatten(1).mean(1)
    assert 0.02 < (moved == 0).float().mean() < 0.5
    assert (moved > 0.1).float().mean() > 0.25


def test_motion_is_continuous() -> None:
    figure = motion.sample(64, generator())
    far = (drawn(figure, 0.5) - drawn(figure, 0.6)).abs().mean()
    near = (drawn(figure, 0.5) - drawn(figure, 0.501)).abs().mean()
    assert near < 0.1 * far


def test_a_joint_turns_along_an_arc() -> None:
    """A limb whose angle changes by a right angle keeps its length half-way: it turns, it does not shrink."""
    length, zero = torch.tensor([10.0]), torch.zeros(1)
    waves = torch.zeros(1, 3)

    def tip(turn: float) -> torch.Tensor:
        limb = shapes.turtle(length, zero, waves, waves, torch.tensor([[turn]]), torch.tensor([[0.5]]), 33)
        return limb[0, -1]

    assert tip(0.0).tolist() == pytest.approx([10.0, 0.0], abs=1e-4)
    assert tip(math.pi / 2).tolist() == pytest.approx([5.0, 5.0], abs=1e-4)
    assert tip(math.pi / 4).tolist() == pytest.approx([5 + 5 / math.sqrt(2), 5 / math.sqrt(2)], abs=1e-4)


def test_shapes_pass_where_they_should() -> None:
    circle = shapes.blob(
        torch.tensor([3.0]), torch.tensor([1.0]), torch.zeros(1, 2), torch.zeros(1, 2), torch.ones(1), 65
    )
    assert torch.allclose(circle.norm(dim=-1), torch.full((1, 65), 3.0), atol=1e-5)
    assert torch.allclose(circle[0, 0], circle[0, -1], atol=1e-5)
    controls = torch.tensor([[0.0, 0.0], [1.0, 2.0], [2.0, 0.0]])
    curve = shapes.bezier(controls, 5)
    assert curve[2].tolist() == pytest.approx([1.0, 1.0])
    corners = shapes.polyline(controls, 5)
    assert corners[1].tolist() == pytest.approx([0.5, 1.0]) and corners[2].tolist() == pytest.approx([1.0, 2.0])
    part = shapes.resample(corners, torch.tensor(0.5), torch.tensor(1.0))
    assert part[0].tolist() == pytest.approx([1.0, 2.0]) and part[-1].tolist() == pytest.approx([2.0, 0.0])


def test_the_2018_pictures_hold_what_they_held() -> None:
    segments = lines2018.sample(200, generator())
    assert segments.start_radius.min() >= 0.5 and segments.start_radius.max() <= 2.0
    strokes = torch.bincount(segments.drawing, minlength=200) / (lines2018.POINTS - 1)
    assert strokes.min() >= 1 and strokes.max() <= 3 * lines2018.MOST
    assert len(strokes.unique()) > 4
    straight = (segments.end - segments.start).view(-1, lines2018.POINTS - 1, 2)
    turn = (straight[:, 1:] - straight[:, :-1]).abs().amax((1, 2))
    assert 0.15 < (turn < 1e-3).float().mean() < 0.6  # a third of the strokes are lines
