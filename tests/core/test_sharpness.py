"""How sharp frames are at any size: keys exact, edges crisp, straight lines straight, no trace of the model's pixels.

Where a bound would be met by a poor picture, too, the same test shows one that does not meet it.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from doodle_core import raster
from doodle_core.drawing import Drawing, Picture, Shown
from doodle_core.film import Film
from doodle_core.look import cut, resample
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey

LARGE = [512, 2160]
KEY_ERROR = 2 / 255
EDGE = 1.5
"""Output pixels: the widest an edge may be."""
STRAIGHT = 0.15
"""Output pixels: how far the edge of a straight line may be off."""


@pytest.fixture(scope="module")
def model() -> DoodleModel:
    return DoodleModel.load(threads=1)


def film_of(model: DoodleModel, drawings: list[Shown]) -> Film:
    latents = model.encode(drawings)
    keys = [LatentKey(z, float(n), d) for n, (z, d) in enumerate(zip(latents, drawings, strict=True))]
    return Film(model, model.track(keys, "circular"))


def doodle(turn: float) -> Drawing:
    """A wavy line, a corner, a crossing, a tapered end and a dot."""
    u = np.linspace(0, 1, 60)
    wave = np.stack([0.15 + 0.7 * u, 0.35 + 0.1 * np.sin(7 * u + 2 * turn)], axis=1)
    lines = [wave, [(0.2, 0.6), (0.5, 0.85), (0.55, 0.6)], [(0.3, 0.2), (0.45, 0.8)], [(0.75, 0.75)]]
    radii = [np.full(60, 0.02), np.full(3, 0.016), np.array([0.005, 0.03]), np.array([0.04])]
    way = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    return Drawing.make([(np.asarray(line) - 0.5) @ way + 0.5 for line in lines], radii)


def picture(turn: float, size: int = 300) -> Picture:
    return Picture(raster.ink(doodle(turn), size))


def wash(turn: float) -> Picture:
    """Grey, soft and solid: what lines cannot tell, and so the pin must."""
    blot = Drawing.make([[(0.3, 0.3), (0.7, 0.35 + 0.2 * turn), (0.5, 0.7)]], radii=0.02, filled=True)
    return Picture(0.8 * ndimage.gaussian_filter(np.maximum(raster.ink(blot, 300), picture(turn).ink), 2))


@pytest.fixture(scope="module", params=[doodle, picture, wash])
def film(request: pytest.FixtureRequest, model: DoodleModel) -> Film:
    return film_of(model, [request.param(turn) for turn in (0.0, 0.3, 0.5)])


@pytest.fixture(scope="module")
def drawn(model: DoodleModel) -> Film:
    return film_of(model, [doodle(turn) for turn in (0.0, 0.3)])


# Keys


@pytest.mark.parametrize("size", [64, 512, 1080])
def test_a_pinned_key_is_the_drawing_at_that_size(film: Film, size: int) -> None:
    key = film.track.keys[1].drawing
    assert key is not None
    wanted = raster.ink(key, size)
    assert np.abs(film.frame_ink(1.0, size) - wanted).mean() <= KEY_ERROR
    assert np.abs(film.frame_ink(1.1, size) - wanted).mean() > KEY_ERROR


@pytest.mark.parametrize("size", [64, 512, 1080])
def test_a_frame_beside_a_key_is_nearly_the_key(film: Film, size: int) -> None:
    key = film.frame_ink(1.0, size)
    for side in (-1e-3, 1e-3):
        assert np.abs(film.frame_ink(1 + side, size) - key).mean() <= KEY_ERROR / 2


@pytest.mark.parametrize("key", [0.0, 1.0, 2.0])
def test_steps_into_a_key_are_like_those_before(film: Film, key: float) -> None:
    positions = [p for p in key + np.arange(-6, 7) / 100 if 0 <= p <= 2]
    inks = list(film.frames(positions, 512))
    steps = [float(np.abs(after - before).mean()) for before, after in pairwise(inks)]
    assert 0 < max(steps) < 2 * np.median(steps)


def test_the_pin_makes_a_difference(model: DoodleModel) -> None:
    """What the tests above see of a key that the model cannot draw is the pin's doing."""
    key = wash(0.3)
    unpinned = film_of(model, [wash(0.0), key]).frame_ink(1.0, 512, pin=0.0)
    assert np.abs(unpinned - raster.ink(key, 512)).mean() > 2 * KEY_ERROR


# Frames


def test_a_frame_alone_is_the_frame_in_a_batch(drawn: Film) -> None:
    positions = [0.5, 0.1, 1.0, 0.77]
    together = list(drawn.frames(positions, 333))
    for position, ink in zip(positions, together, strict=True):
        assert np.array_equal(drawn.frame_ink(position, 333), ink)


@pytest.mark.parametrize("pin", [0.0, 1.0])
@pytest.mark.parametrize("size", LARGE)
def test_edges_are_crisp(drawn: Film, size: int, pin: float) -> None:
    widths = edge_widths(drawn.frame_ink(0.8, size, pin=pin))
    assert 0.6 < np.median(widths) < 1.0
    assert np.percentile(widths, 95) < EDGE
    # A picture of half the size, enlarged, is not as crisp.
    small = drawn.frame_ink(0.8, size // 2, pin=pin)
    assert np.median(edge_widths(resample(small, size))) > EDGE


def edge_widths(ink: np.ndarray, window: int = 40) -> np.ndarray:
    """How wide edges are from ink 0.1 to 0.9, output pixels, in each window with enough of them.

    The pixels between, by the length of edge: ink rises by 1 over an edge, so the slopes' sum is that length.
    """
    slope = np.hypot(*np.gradient(ink.astype(np.float64)))
    partly = (ink > 0.1) & (ink < 0.9)
    n = len(ink) // window
    length, area = (
        part[: n * window, : n * window].reshape(n, window, n, window).sum(axis=(1, 3)) for part in (slope, partly)
    )
    enough = length > window / 2
    assert enough.sum() > 5
    return area[enough] / length[enough]


def line(radius: float, degrees: float) -> Drawing:
    """A straight line; radius in model pixels."""
    way = 0.4 * np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
    middle = np.array([0.503, 0.497])
    return Drawing.make([[middle - way, middle + way]], radii=radius / 64)


def edge_off(ink: np.ndarray, degrees: float) -> np.ndarray:
    """How far the upper edge of `line` is from a straight line, column by column, output pixels."""
    size = len(ink)
    columns = ink[:, size // 4 : -size // 4].astype(np.float64)
    width = columns.sum(axis=0)
    assert width.min() > 0
    upper = (columns * np.arange(size)[:, None]).sum(axis=0) / width - width / 2
    x = np.arange(len(upper))
    return (upper - np.polyval(np.polyfit(x, upper, 1), x)) * math.cos(math.radians(degrees))


@pytest.mark.parametrize("size", LARGE)
@pytest.mark.parametrize(("radius", "degrees"), [(0.5, 3.0), (0.6, 20.0), (0.8, 34.0), (1.25, 8.0)])
def test_straight_lines_are_straight(model: DoodleModel, radius: float, degrees: float, size: int) -> None:
    film = film_of(model, [line(radius, degrees - 6), line(radius, degrees + 6)])
    assert np.abs(edge_off(film.frame_ink(0.5, size, pin=0.0), degrees)).max() < STRAIGHT
    # A field of the model's own size, enlarged, is not as straight.
    enlarged = cut(resample(raster.field(film.pose(0.5).drawing, 64), size))
    assert np.abs(edge_off(enlarged, degrees)).max() > STRAIGHT


@pytest.mark.parametrize("size", LARGE)
@pytest.mark.parametrize("radius", [0.6, 1.25])
def test_there_is_no_grid(model: DoodleModel, radius: float, size: int) -> None:
    """Along a line nothing repeats with the model's pixels, nor twice or three times as often."""
    degrees = 17.0
    film = film_of(model, [line(radius, degrees - 6), line(radius, degrees + 6)])
    assert grid(film.frame_ink(0.5, size, pin=0.0), degrees) < 0.01
    # Pixels of the model, simply enlarged, are a grid.
    decoded = raster.field(film.pose(0.5).drawing, 64)
    nearest = (np.arange(size) * 64) // size
    assert grid(cut(decoded[np.ix_(nearest, nearest)]), degrees) > 0.1


def grid(ink: np.ndarray, degrees: float) -> float:
    """The edge's largest wave with the period of a model pixel, half of it or a third: amplitude, output pixels."""
    off = edge_off(ink, degrees)
    waves = np.abs(np.fft.rfft(off * np.hanning(len(off)))) * 4 / len(off)
    periods = len(off) * 64 / len(ink)
    return max(float(waves[round(n * periods) - 1 : round(n * periods) + 2].max()) for n in (1, 2, 3))
