"""Strokelets drawn at the output's size: against the exact field, everywhere and where it matters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from doodle_core.capsules import capsules, largest
from doodle_core.look import Look, cut, edge, resample
from doodle_core.raster import FIELD_LIMIT
from doodle_core.strokes.refine import refine
from doodle_core.strokes.strokelets import ABSENT, COUNT, pack
from doodle_core.strokes.tiles import ranges

SIZES = [1, 7, 64, 65, 129, 333, 512]
LOOKS = [Look(), Look(line_weight=-0.6), Look(line_weight=2.0, softness=0.5), Look(softness=4.0)]


def strokelets(seed: int, number: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts, ends, radii, canvas units: long and short ones, tapered ones, dots, some beside the canvas or hidden."""
    dice = np.random.default_rng(seed)
    starts = dice.uniform(-0.1, 1.1, (number, 2))
    ends = starts + dice.normal(size=(number, 2)) * dice.choice([0.0, 0.004, 0.03, 0.3], (number, 1))
    radii = dice.uniform(-0.01, 0.04, (number, 2))
    return starts, ends, np.where(dice.random((number, 1)) < 0.5, radii[:, :1], radii)


def exact(seed: int, size: int) -> np.ndarray:
    starts, ends, radii = strokelets(seed)
    pixels = largest(capsules(starts * size, ends * size, radii * size), size, size, FIELD_LIMIT * size / 64)
    return (pixels * (64 / size)).astype(np.float32)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", [0, 1])
def test_every_pixel_is_exact(seed: int, size: int) -> None:
    field = refine(pack(*strokelets(seed)), size)
    assert field.shape == (size, size)
    assert field.dtype == np.float32
    assert np.abs(field - exact(seed, size)).max() < 1e-4


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("size", [65, 333, 512])
def test_what_is_cut_does_not_depend_on_what_else_is_right(size: int, look: Look) -> None:
    latent = pack(*strokelets(2))
    near = refine(latent, size, -look.line_weight, edge(size, look) / 2)
    assert np.array_equal(cut(near, look), cut(refine(latent, size), look))


@pytest.mark.parametrize("size", [100, 512])
def test_something_added_stays_added(size: int) -> None:
    """A bump that makes other places the edge: there, too, every pixel is right."""
    latent, (x, y) = pack(*strokelets(3, 40)), np.meshgrid(np.arange(size) / size, np.arange(size) / size)
    bump = (4 * np.exp(-20 * ((x - 0.4) ** 2 + (y - 0.6) ** 2)) - np.sin(9 * x)).astype(np.float32)
    near = refine(latent, size, 0.0, 32 / size, bump)
    assert np.array_equal(cut(near), cut(refine(latent, size) + bump))
    assert np.abs(cut(near) - cut(refine(latent, size))).max() > 0.9


@dataclass(frozen=True)
class Asked:
    """Something added that counts the pixels it is asked for."""

    field: np.ndarray
    counts: list[int]

    def ranges(self) -> tuple[np.ndarray, np.ndarray]:
        return ranges(self.field)

    def at(self, places: np.ndarray) -> np.ndarray:
        self.counts.append(len(places))
        return self.field.reshape(-1)[places]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("size", [65, 100, 512])
def test_what_costs_time_is_added_only_where_it_matters(size: int, look: Look) -> None:
    rng, latent = np.random.default_rng(3), pack(*strokelets(3, 40))
    level, reach = -look.line_weight, edge(size, look) / 2
    rough = resample(rng.uniform(-7, 7, (16, 16)).astype(np.float32), size)
    smooth = np.float32(0.01) * rough
    for field in (rough, smooth, np.full((size, size), 2 * FIELD_LIMIT, np.float32)):
        added = Asked(field, [])
        found, wanted = refine(latent, size, level, reach, added), refine(latent, size, level, reach, field)
        assert np.array_equal(cut(found, look), cut(wanted, look))
        if field is smooth and (size, look) == (512, Look()):
            assert sum(added.counts) < 0.2 * size * size
    # No lines at all: then what is added is all that there is.
    none = np.full(6, ABSENT, np.float32)
    assert np.array_equal(cut(refine(none, size, level, reach, Asked(rough, [])), look), cut(rough - FIELD_LIMIT, look))


@pytest.mark.parametrize("size", [1, 8, 65, 512])
def test_ranges_are_those_of_all_pixels_of_a_tile(size: int) -> None:
    picture = np.random.default_rng(size).normal(size=(size, size)).astype(np.float32)
    least, most = ranges(picture)
    for row, column in np.ndindex(least.shape):
        tile = picture[8 * row : 8 * row + 8, 8 * column : 8 * column + 8]
        assert (least[row, column], most[row, column]) == (tile.min(), tile.max())


def test_most_pixels_are_not_measured() -> None:
    """Far from edges a tile has one number: that is what makes it fast."""
    field = refine(pack(*strokelets(4, 6)), 512, 0.0, 0.0625)
    tiles = field.reshape(64, 8, 64, 8)
    flat = tiles.max(axis=(1, 3)) == tiles.min(axis=(1, 3))
    inside = np.abs(tiles.mean(axis=(1, 3))) < FIELD_LIMIT
    assert (flat & inside).sum() / inside.sum() > 0.2


def test_no_strokelets_are_paper() -> None:
    empty = pack(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros((0, 2)))
    assert (refine(empty, 100) == -FIELD_LIMIT).all()
    assert np.allclose(refine(empty, 100, added=np.full((100, 100), 0.5, np.float32)), 0.5 - FIELD_LIMIT)


def test_as_many_as_fit_in_one_place() -> None:
    """No strokelet is left out where many lie about."""
    turn = np.linspace(0, 2 * np.pi, COUNT, endpoint=False)
    middle, rim = np.full((COUNT, 2), 0.5), 0.5 + 0.2 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    field = refine(pack(middle, rim, np.full((COUNT, 2), 0.001)), 512)
    around = np.linspace(0, 2 * np.pi, 1000)
    i, j = (np.floor(512 * (0.5 + 0.15 * f(around))).astype(int) for f in (np.cos, np.sin))
    # Halfway between two of the rays it is at most 0.15 * pi / 256 canvas sides to the nearest, and a pixel more here.
    assert field[j, i].min() > 64 * (0.001 - 0.15 * np.pi / COUNT) - 64 / 512
