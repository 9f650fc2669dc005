"""What the matcher is taught, and how it is judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from small import CPU, SMALL_STROKES

from training.matching import MatcherTask, _cross_entropy
from training.pairs import Pair
from training.train import make_task


def task(batch: int = 4) -> MatcherTask:
    torch.manual_seed(0)
    made = make_task(replace(SMALL_STROKES, batch=batch))
    assert isinstance(made, MatcherTask)
    return made


def drawn(of: MatcherTask) -> Pair:
    return of.draw(torch.Generator().manual_seed(3))


def loss(of: MatcherTask, batch: Pair) -> float:
    with torch.no_grad():
        return float(of.loss(batch, torch.Generator()))


def test_the_loss_is_least_for_the_truth() -> None:
    batch = drawn(task())
    truth = tuple(torch.log(shares + 1e-9) for shares in (batch.forward, batch.backward))
    least = float(_cross_entropy(batch, *truth))  # the entropy of shares between two pieces
    even = tuple(torch.full_like(shares, -np.log(shares.shape[-1])) for shares in truth)
    assert 0 < least < 1
    assert float(_cross_entropy(batch, *even)) == pytest.approx(np.log(even[0].shape[-1]), rel=1e-4)
    assert least < float(_cross_entropy(batch, truth[0], even[1])) < loss(task(), batch) + 5


def test_what_is_not_there_changes_nothing() -> None:
    of = task()
    batch = drawn(of)
    before = loss(of, batch)
    gone = ~batch.second.there
    assert gone.any()
    place = torch.where(gone[..., None], 50.0, batch.second.place)
    length = torch.where(gone, 30.0, batch.second.length)
    assert loss(of, replace(batch, second=replace(batch.second, place=place, length=length))) == pytest.approx(before)


def test_the_keys_of_a_pair_are_alike() -> None:
    """Told the other way round, a pair has the same loss."""
    of = task()
    batch = drawn(of)
    turned = replace(batch, first=batch.second, second=batch.first, forward=batch.backward, backward=batch.forward)
    assert loss(of, turned) == pytest.approx(loss(of, batch), rel=1e-5)


def test_the_judgement_is_of_the_same_doodles_and_leaves_the_network_as_it_was() -> None:
    of = task()
    figures, picture = of.look(CPU)
    assert of.matcher.training
    assert figures == of.look(CPU)[0]
    assert {"loss", "error_mean", "error_median", "error_far"} < figures.keys()
    assert figures["nearest_mean"] == pytest.approx(4.34, abs=0.01)  # knows nothing of the network
    assert figures["nearest_far"] == pytest.approx(0.297, abs=0.001)
    assert figures["nearest_median"] < figures["error_median"]  # which has learned nothing
    assert picture.dtype == np.uint8 and picture.shape == (576, 1152, 3) and picture.min() < 100


def test_the_nearest_ink_is_right_where_nothing_moves(standing: None) -> None:
    figures, _ = task().look(CPU)
    assert figures["nearest_median"] < 1.5 and figures["nearest_far"] < 0.02
