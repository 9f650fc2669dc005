"""In-betweens that become keys: the film goes on as before, and nothing is guessed again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from doodle_core.dividing import Division, divisions
from doodle_core.drawing import Drawing, digest
from doodle_core.film import Film
from doodle_core.geometry.contour import contours_of
from doodle_core.inbetween.breakdown import spans_beside
from doodle_core.matching.correspondence import Span
from doodle_core.matching.storage import from_bytes, to_bytes
from doodle_core.model import DoodleModel
from doodle_core.need import need
from doodle_core.rendering import View, render
from doodle_core.track import LatentKey
from doodle_core.units import MODEL_PIXELS

SIZE = 128


@pytest.fixture(scope="module")
def model() -> DoodleModel:
    return DoodleModel.load(threads=1)


def arc(turned: float, centre: tuple[float, float] = (0.5, 0.8), radius: float = 0.4) -> np.ndarray:
    angles = np.radians(np.linspace(-120, -60, 17) + turned)
    return np.array(centre) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def ring(x: float, count: int = 30, radius: float = 0.08) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.array([x, 0.35]) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def pair() -> tuple[Drawing, Drawing]:
    """Arcs, a filled ring with its line, a line that only the one has, and one and a dot that only the other has."""
    whisker, other = [(0.1, 0.1), (0.3, 0.14), (0.45, 0.1)], [(0.6, 0.92), (0.75, 0.95), (0.9, 0.92)]
    first = [arc(-20), arc(-20, radius=0.3), ring(0.4), whisker]
    second = [arc(20), arc(20, radius=0.3), ring(0.6, 41), other, [(0.85, 0.15)]]
    filled = [False, False, True, False, False]
    return (
        Drawing.make(first, 0.012, filled=filled[:4], colours=[(0.9, 0.2, 0.1)] * 4),
        Drawing.make(second, 0.012, filled=filled, colours=[(0.1, 0.2, 0.9)] * 5),
    )


def whole(line: int, other: int, drawings: tuple[Drawing, Drawing]) -> Span:
    """A contour that becomes a contour all along; -1: nothing."""
    ends = [
        np.zeros(2) if len(own.points) == 1 else own.lengths[[0, -1]]
        for drawing, number in zip(drawings, (line, other), strict=True)
        if number >= 0
        for own in (contours_of(drawing)[number],)
    ]
    here = ends[0] if line >= 0 else np.zeros(0)
    return Span(line, other, here, ends[-1] if other >= 0 else np.zeros(0))


def film_of(model: DoodleModel, method: str = "linear") -> Film:
    """What is in `pair`, and what becomes what."""
    drawings = pair()
    keys = [LatentKey(drawing, time, drawing) for drawing, time in zip(drawings, (0.0, 12.0), strict=True)]
    becomes = [(0, 0), (1, 1), (2, 2), (3, 3), (4, -1), (-1, 4), (-1, 5)]
    model.know(*keys, to_bytes([whole(line, other, drawings) for line, other in becomes]))
    return Film(model, model.track(keys, method))


def divided(model: DoodleModel, film: Film, share: float, favouring: float = 0.0) -> tuple[Division, Film]:
    """What is between the two keys of a film at a share, and the film with that as a key in the middle."""
    (made,) = divisions(film, share, favouring)
    stored = made.pose.drawing
    spans = made.spans(stored, range(len(stored.offsets) - 1))
    assert spans is not None
    one, two = film.track.keys
    middle = LatentKey(stored, one.time + share * (two.time - one.time), stored)
    for first, second, found in zip((one, middle), (middle, two), spans, strict=True):
        data = to_bytes(found)
        assert from_bytes(data, contours_of(first.latent), contours_of(second.latent)) is not None
        assert model.know(first, second, data)
    track = model.track([one, middle, two], film.track.method)
    return made, replace(film, track=track)


def picture(film: Film, position: float) -> np.ndarray:
    return render(film.pose(position).drawing, View(SIZE, SIZE, float(SIZE)), drawn_ink=True)


def apart(one: np.ndarray, two: np.ndarray) -> float:
    """The mean difference of two pictures' ink over how much of it there is."""
    return float(np.abs(one[..., 3] - two[..., 3]).mean() / two[..., 3].mean())


MATCHED = 4
"""The shapes that both keys have come first."""


def length(drawing: Drawing) -> float:
    """Of the lines that only one key has, model pixels."""
    own = [contour.points[:, :2] for contour in contours_of(drawing.select(range(MATCHED, len(drawing))))]
    return sum(float(np.hypot(*np.diff(one, axis=0).T).sum()) for one in own)


@pytest.mark.parametrize(("method", "most"), [("linear", 1e-3), ("spherical", 0.05), ("circular", 0.1)])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.75])
def test_the_film_goes_on_as_before(model: DoodleModel, method: str, most: float, share: float) -> None:
    """What both keys have to thousandths of a model pixel; what only one has grows and goes as it did."""
    film = film_of(model, method)
    made, parted = divided(model, film, share)
    assert digest(made.pose.drawing) == digest(film.pose(share).drawing)
    for at in np.linspace(0.05, 0.95, 10).tolist():
        place = at / share if at <= share else 1 + (at - share) / (1 - share)
        before, now = film.pose(at).drawing, parted.pose(place).drawing
        own = [drawing.select(range(MATCHED)) for drawing in (before, now)]
        assert np.abs(own[0].points - own[1].points).max() * MODEL_PIXELS < most
        np.testing.assert_allclose(own[1].radii, own[0].radii, atol=1e-5)
        np.testing.assert_allclose(own[1].colours, own[0].colours, atol=1e-5)
        assert length(now) == pytest.approx(length(before), abs=0.3)
        assert apart(picture(parted, place), picture(film, at)) < 0.08


def test_favouring_brings_the_drawing_nearer_to_a_key(model: DoodleModel) -> None:
    film = film_of(model)
    shares = [divided(model, film, 0.4, favouring)[0].share for favouring in (-0.5, 0.0, 0.5)]
    assert shares == pytest.approx([0.2, 0.4, 0.7])
    for favouring, key in ((-1.0, 0), (1.0, 1)):
        made, parted = divided(model, film, 0.4, favouring)
        own = film.track.keys[key].latent
        assert len(made.pose.drawing) == len(own), "what the other key has is not begun"
        assert apart(picture(parted, 1.0), picture(film, key)) < 0.05


def test_a_contour_that_was_not_stored_is_nobodys_partner(model: DoodleModel) -> None:
    film = film_of(model)
    (made,) = divisions(film, 0.5)
    kept = list(range(len(made.pose.drawing)))[1:]
    stored = made.pose.drawing.select(kept)
    gone = int(made.pose.drawing.shapes[1])
    names = [-1] * gone + list(range(len(stored.offsets) - 1))
    spans = made.spans(stored, names)
    assert spans is not None
    one, two = film.track.keys
    assert from_bytes(to_bytes(spans[0]), contours_of(one.latent), contours_of(stored)) is not None
    assert from_bytes(to_bytes(spans[1]), contours_of(stored), contours_of(two.latent)) is not None


def test_other_vertices_are_no_partners(model: DoodleModel) -> None:
    film = film_of(model)
    (made,) = divisions(film, 0.5)
    stored = contours_of(made.pose.drawing)
    stored[0] = replace(stored[0], points=stored[0].points[::2])
    assert spans_beside(made.stretches, stored, range(len(stored))) is None


def test_only_layers_that_are_between_keys_take_part(model: DoodleModel) -> None:
    def drawn(body: float, blink: float) -> Drawing:
        lines = [[(0.2, body), (0.8, body)], [(0.2, blink), (0.8, blink)]]
        return replace(Drawing.make(lines, 0.02), layers=np.array([0, 1], np.int32))

    everything = frozenset({0, 1})
    drawings = (drawn(0.2, 0.5), drawn(0.2, 0.6), drawn(0.8, 0.6))
    layers = (everything, frozenset({1}), frozenset({0}))
    keys = [LatentKey(d, t, d, own) for d, t, own in zip(drawings, (1, 11, 21), layers, strict=True)]
    film = Film(model, model.track(keys))
    (both, body), (alone,) = divisions(film, 0.5)[::-1], divisions(film, 1.5)
    assert body.segment.layers == alone.segment.layers == frozenset({0})
    assert (body.segment.first, body.segment.second, body.share) == (0, 2, 0.25)
    assert both.segment.layers == frozenset({1}) and both.share == 0.5
    assert divisions(film, 1.0)[0].share == 0.5, "the body is on its way at the blink's key"


def test_a_drawing_helps_most_where_much_moves_and_is_in_doubt(model: DoodleModel) -> None:
    def key(x: float, time: float, lines: int = 1) -> LatentKey:
        drawing = Drawing.make([[(x, 0.2 + 0.1 * n), (x + 0.2, 0.25 + 0.1 * n)] for n in range(lines)], 0.01)
        return LatentKey(drawing, time, drawing)

    def known(first: LatentKey, second: LatentKey, sure: float) -> None:
        spans = [whole(n, n, (first.latent, second.latent)) for n in range(len(first.latent))]
        model.know(first, second, to_bytes([replace(span, sure=sure) for span in spans]))

    near, far, more = (key(0.1, 0), key(0.2, 1)), (key(0.1, 0), key(0.6, 1)), (key(0.1, 0, 2), key(0.2, 1, 2))
    for pair, sure in ((near, 0.9), (far, 0.9), (more, 0.9)):
        known(*pair, sure)
    assert need(model, *far) == pytest.approx(5 * need(model, *near), rel=0.01)
    assert need(model, *more) == pytest.approx(2 * need(model, *near), rel=0.01)
    before = need(model, *near)
    known(*near, 0.5)
    assert need(model, *near) == pytest.approx(5 * before, rel=0.01)
    known(*near, 1.0)
    assert 0 < need(model, *near) < before
