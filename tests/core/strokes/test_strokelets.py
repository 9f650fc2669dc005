"""The layout of strokelet latents: what goes in comes out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core.errors import DoodleError
from doodle_core.strokes.strokelets import ABSENT, COUNT, pack, unpack


def test_a_strokelet_is_six_numbers_from_the_middle_in_model_pixels() -> None:
    latent = pack([[0.5, 0.5]], [[1.0, 0.0]], [[1 / 64, 2 / 64]])
    assert latent.shape == (6 * COUNT,) and latent.dtype == np.float32
    assert latent[:6].tolist() == [0, 0, 32, -32, 1, 2]
    assert latent[6:].reshape(-1, 6).tolist() == [[0, 0, 0, 0, ABSENT, ABSENT]] * (COUNT - 1)


@given(hnp.arrays(np.float32, st.tuples(st.integers(0, 12), st.just(6)), elements=st.floats(-2, 3, width=32)))
def test_unpacking_gives_back_what_was_packed(rows: np.ndarray) -> None:
    rows[:, 4:] = np.abs(rows[:, 4:]) / 8
    parts = rows[:, :2], rows[:, 2:4], rows[:, 4:]
    for found, put in zip(unpack(pack(*parts, count=12)), parts, strict=True):
        assert found.shape == put.shape and found.dtype == np.float32
        assert np.abs(found - put).max(initial=0) < 1e-6


def test_unused_rows_are_left_out_wherever_they_are() -> None:
    rows = pack([[0.1, 0.2], [0.3, 0.4]], [[0.1, 0.2], [0.5, 0.6]], [[0.02, 0.02], [-0.01, 0.01]], count=4)
    shuffled = rows.reshape(4, 6)[[2, 1, 3, 0]].reshape(-1)
    starts, ends, radii = unpack(shuffled)
    assert starts == pytest.approx(np.array([[0.3, 0.4], [0.1, 0.2]]))
    assert ends == pytest.approx(np.array([[0.5, 0.6], [0.1, 0.2]]))
    assert radii == pytest.approx(np.array([[-0.01, 0.01], [0.02, 0.02]]))


def test_no_strokelets_are_an_empty_drawing() -> None:
    assert [part.shape for part in unpack(pack([], [], []))] == [(0, 2)] * 3


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ((np.zeros((5, 2)), np.zeros((5, 2)), np.zeros((5, 2))), "5 strokelets do not fit a latent of 4"),
        ((np.zeros((2, 2)), np.zeros((3, 2)), np.zeros((2, 2))), r"ends of strokelets have shape \(3, 2\)"),
        ((np.zeros((2, 2)), np.zeros((2, 2)), np.zeros(2)), r"radii of strokelets have shape \(2,\)"),
        ((np.zeros((2, 2)), [[0, 0], [np.nan, 0]], np.zeros((2, 2))), "strokelet 2 has a number that is not finite"),
        ((np.zeros((1, 2)), [[0, 1e300]], np.zeros((1, 2))), "strokelet 1 has a number that is not finite"),
    ],
)
def test_what_cannot_be_packed_is_refused_by_name(parts: tuple, says: str) -> None:
    with pytest.raises(DoodleError, match=says):
        pack(*parts, count=4)


@pytest.mark.parametrize("latent", [np.zeros(7), np.zeros((2, 6))])
def test_a_latent_of_another_shape_is_refused(latent: np.ndarray) -> None:
    with pytest.raises(DoodleError, match="a latent of strokelets has shape"):
        unpack(latent)
