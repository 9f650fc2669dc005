"""Pairs of keys for the matcher: the truth in them is true, and real drawings are told to the matcher alike."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from doodle_core.geometry.contour import Contour
from doodle_core.matching.tokens import COLUMNS, cut
from training import pairs
from training.dice import Dice
from training.pairs import TOKENS, Pair, Tokens, draw_pairs


def pair(seed: int = 1, batch: int = 64) -> Pair:
    return draw_pairs(batch, torch.Generator().manual_seed(seed))


def test_the_same_seed_draws_the_same_pairs() -> None:
    one, two, other = pair(1, 8), pair(1, 8), pair(2, 8)
    assert torch.equal(one.first.table(), two.first.table()) and torch.equal(one.forward, two.forward)
    assert not torch.equal(one.first.table(), other.first.table())


def test_every_piece_is_shared_out() -> None:
    drawn = pair()
    for shares, own, other in (
        (drawn.forward, drawn.first, drawn.second),
        (drawn.backward, drawn.second, drawn.first),
    ):
        assert shares.shape == (64, TOKENS, TOKENS + 1) and shares.min() >= 0
        assert torch.allclose(shares.sum(-1), torch.ones(64, TOKENS), atol=1e-5)
        assert (shares[..., -1][~own.there] == 1).all()
        assert (shares[..., :-1].transpose(1, 2)[~other.there] == 0).all()


def test_where_pieces_are_said_to_go_is_where_they_truly_are() -> None:
    drawn = pair()
    somewhere = drawn.first.there & (drawn.forward[..., -1] == 0)
    assert somewhere[drawn.first.there].float().mean() > 0.9
    said = drawn.forward[..., :-1] @ drawn.second.place
    error = (said - drawn.target).norm(dim=-1)[somewhere]
    # Half a piece where its stroke ends between two, and the shake of the places.
    assert error.median() < 0.3 * pairs.PIECE and error.quantile(0.99) < 1.5 * pairs.PIECE


def test_what_stands_still_stays_where_it_is(standing: None) -> None:
    drawn = pair()
    off = (drawn.first.place - drawn.target)[drawn.first.there]
    assert off.std() == pytest.approx(0.25, abs=0.02)  # the shake of the places, and nothing else
    assert off.mean().abs() < 0.02
    gone = drawn.forward[..., -1][drawn.first.there].mean()
    assert 0 < gone < 0.1  # strokes that are missing at the second key


def test_the_table_is_told_from_the_middle_of_the_canvas() -> None:
    def one(*numbers: float) -> torch.Tensor:
        return torch.tensor(numbers).view(1, 1, -1)

    tokens = Tokens(
        place=one(32, 40),
        along=one(0.6, 0.8),
        length=one(3)[0],
        radius=one(1.5)[0],
        end=one(7)[0],
        stroke=one(20)[0],
        closed=one(1)[0],
        there=torch.ones(1, 1, dtype=torch.bool),
    )
    (row,) = tokens.table()[0].tolist()
    assert len(row) == COLUMNS
    assert row == pytest.approx([0, 8, 0.6, 0.8, 3, 1.5, 7, 20, 1])


@pytest.mark.parametrize("closed", [False, True])
def test_real_drawings_are_cut_as_those_of_the_training(closed: bool) -> None:
    turn = torch.linspace(0, 2 * torch.pi, 33)
    ring = torch.stack((turn.cos(), turn.sin()), -1) * 12 + 30
    level = torch.stack((torch.linspace(16, 48, 33), torch.full((33,), 20.0)), -1)
    points = ring if closed else level
    batch = 32  # of which some are broken and all are shaken
    tokens, *_ = pairs._pieces(
        points.expand(batch, 1, 33, 2),
        torch.full((batch, 1), 1.5),
        torch.zeros(batch, 1),
        torch.ones(batch, 1),
        torch.full((batch, 1), closed),
        torch.ones(batch, 1, dtype=torch.bool),
        Dice(torch.Generator().manual_seed(0), batch),
    )
    rows = np.column_stack([points.numpy() - 32, np.full(33, 1.5)])
    real = cut([Contour(rows[:-1], True) if closed else Contour(rows)]).table
    whole = tokens.stroke[:, 0] > float(real[0, 7]) - 0.1
    assert 20 < whole.sum() < batch
    assert (tokens.there[whole].sum(1) == len(real)).all()
    drawn = tokens.table()[whole][:, : len(real)].numpy()
    drawn[..., 2:4] *= np.sign((drawn[..., 2:4] * real[:, 2:4]).sum(-1, keepdims=True))
    # The mean of what is shaken is what is cut; the rest is the same.
    assert np.abs(drawn.mean(0) - real)[:, :4].max() < 0.3
    assert np.abs(drawn[..., 4:5] - real[:, 4:5]).max() < 0.01
    assert np.abs(drawn[..., 5].mean() - 1.5) < 0.1
    assert np.abs(drawn[..., 6:] - real[:, 6:]).max() < 0.05
