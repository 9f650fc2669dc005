"""The strokelet decoder against the library's own, exact rasterizer, and against itself in ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from doodle_core import raster
from doodle_core.capsules import capsules, largest
from doodle_core.drawing import Strokes
from doodle_core.raster import FIELD_LIMIT
from doodle_core.strokes.decoder import KEEP, StrokeDecoder
from doodle_core.strokes.strokelets import ABSENT, pack, unpack
from training import motion
from training.export import _onnx
from training.rasterize import Segments
from training.scenes import SCENES

DECODER = StrokeDecoder().eval()
LENGTH = 3.0  # pixels, about, of the strokelets that drawings are cut into


def decoded(*latents: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return DECODER(torch.from_numpy(np.stack(latents))).numpy()


def exact(latent: np.ndarray) -> np.ndarray:
    """The field of all strokelets, by branch and bound in double precision."""
    start, end, radii = (part.astype(np.float64) * 64 for part in unpack(latent))
    return largest(capsules(start, end, radii), 64, 64, FIELD_LIMIT)


def one(*numbers: float) -> np.ndarray:
    """The latent of x0, y0, x1, y1, r0, r1 in pixels from the canvas's corner."""
    rows = np.reshape(numbers, (-1, 6)) / 64
    return pack(rows[:, :2], rows[:, 2:4], rows[:, 4:])


def cut(lines: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The latent of polylines: points (n, 2) and radii (n,) in pixels, cut evenly, longer where 256 are too few."""
    length = LENGTH
    while True:
        starts, ends, radii = [], [], []
        for points, radius in lines:
            walked = np.append(0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
            at = np.linspace(0, walked[-1], max(1, int(np.ceil(walked[-1] / length))) + 1)
            values = np.stack([np.interp(at, walked, column) for column in (*points.T, radius)], 1)
            starts.append(values[:-1, :2])
            ends.append(values[1:, :2])
            radii.append(np.stack([values[:-1, 2], values[1:, 2]], 1))
        if sum(map(len, starts)) <= 256:
            return pack(*(np.concatenate(part or [np.zeros((0, 2))]) / 64 for part in (starts, ends, radii)))
        length *= 1.1


def of_segments(segments: Segments, drawing: int) -> np.ndarray:
    a, b, r0, r1 = (
        part[segments.drawing == drawing].double().numpy()
        for part in (segments.start, segments.end, segments.start_radius, segments.end_radius)
    )
    breaks = np.flatnonzero((a[1:] != b[:-1]).any(1)) + 1
    runs = [r for r in np.split(np.arange(len(a)), breaks) if len(r)]
    return cut([(np.append(a[r], b[r[-1:]], 0), np.append(r0[r], r1[r[-1:]])) for r in runs])


def of_strokes(strokes: Strokes) -> np.ndarray:
    lines = []
    for stroke in range(len(strokes)):
        part = slice(strokes.offsets[stroke], strokes.offsets[stroke + 1])
        points, radii = strokes.points[part] * 64.0, strokes.radii[part] * 64.0
        if len(points) and (strokes.cyclic[stroke] or strokes.filled[stroke]):
            points, radii = np.append(points, points[:1], 0), np.append(radii, radii[:1])
        if len(points):
            lines.append((points, radii))
    return cut(lines)


def latents_of_doodles(count: int) -> np.ndarray:
    figure = motion.sample(count, torch.Generator().manual_seed(5))
    segments = motion.segments_at(figure, torch.full((count,), 0.5))
    return np.stack([of_segments(segments, i) for i in range(count)])


def latents_of_scenes() -> np.ndarray:
    return np.stack([of_strokes(scene.draw(key + 0.3)) for scene in SCENES for key in range(scene.keys - 1)])


@pytest.mark.parametrize(
    "numbers",
    [
        (10.5, 32.5, 50.5, 32.5, 1.25, 1.25),  # a level line
        (3.0, 60.0, 58.2, 7.7, 0.8, 0.8),  # across
        (20.25, 40.75, 20.25, 40.75, 3.5, 3.5),  # a dot
        (20.25, 40.75, 20.25, 40.75, 0.5, 2.5),  # a dot of two radii
        (12.0, 20.0, 44.0, 30.0, 0.0, 8.0),  # tapered
        (44.0, 30.0, 12.0, 20.0, 8.0, 0.0),  # the other way round
        (30.0, 30.0, 32.0, 31.0, 0.5, 2.5),  # so tapered that it nearly leans over
        (30.0, 30.0, 32.0, 31.0, 1.0, 9.0),  # one end within the other
        (-30.0, -10.0, 90.0, 70.0, 2.0, 2.0),  # from outside to outside
        (5.0, 5.0, 25.0, 9.0, -1.5, 1.0),  # coming into being
        (5.0, 5.0, 5.00001, 5.0, 1.0, 1.0),  # hardly longer than a dot
    ],
)
def test_a_strokelet_is_the_capsule(numbers: tuple[float, ...]) -> None:
    latent = one(*numbers)
    assert np.abs(decoded(latent)[0] - exact(latent)).max() < 3e-4


def test_a_line_is_the_librarys_ink() -> None:
    points = np.array([[10.0, 50.0], [30.0, 12.0], [52.0, 40.0]]) / 64
    strokes = Strokes.make([points], radii=1.5 / 64)
    latent = pack(points[:-1], points[1:], np.full((2, 2), 1.5 / 64))
    assert np.abs(np.clip(decoded(latent)[0] + 0.5, 0, 1) - raster.ink(strokes, 64)).max() < 1e-3


def test_unused_strokelets_draw_nothing() -> None:
    empty = pack([], [], [])
    anywhere = empty.reshape(-1, 6).copy()
    anywhere[:, :4] = np.random.default_rng(1).uniform(-40, 40, (256, 4))
    assert (anywhere[:, 4:] == ABSENT).all()
    assert (decoded(empty, anywhere.reshape(-1)) == -FIELD_LIMIT).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-10, 74)] * 4, *[st.floats(-2, 6)] * 2), min_size=1, max_size=KEEP[1]))
def test_no_more_than_are_kept_are_exact_wherever_they_lie(rows: list[tuple[float, ...]]) -> None:
    latent = one(*np.ravel(rows))
    assert np.abs(decoded(latent)[0] - exact(latent)).max() < 1e-3


@pytest.mark.parametrize("drawings", [lambda: latents_of_doodles(64), latents_of_scenes], ids=["doodles", "scenes"])
def test_drawings_cut_into_strokelets_are_exact(drawings: Callable[[], np.ndarray]) -> None:
    latents = drawings()
    truth = np.stack([exact(latent) for latent in latents])
    wrong = np.abs(decoded(*latents) - truth) > 1e-3
    assert wrong[np.abs(truth) < 2.5].mean() < 1e-4
    assert wrong.mean() < 1e-4


def test_the_order_of_strokelets_and_the_rest_of_the_batch_do_not_matter() -> None:
    latents = latents_of_doodles(4)
    shuffled = latents.reshape(4, 256, 6)[:, np.random.default_rng(2).permutation(256)].reshape(4, -1)
    together = decoded(*latents)
    for i in range(4):
        assert np.abs(decoded(latents[i])[0] - together[i]).max() < 1e-5
    assert np.abs(decoded(*shuffled) - together).max() < 1e-5


def test_fewer_strokelets_than_are_kept() -> None:
    row = np.array([[0.2, 0.3]]), np.array([[0.7, 0.6]]), np.array([[0.02, 0.03]])
    small = StrokeDecoder(5)
    with torch.inference_mode():
        field = small(torch.from_numpy(pack(*row, count=5))[None])[0].numpy()
    assert np.abs(field - decoded(pack(*row))[0]).max() < 1e-5


def test_gradients_are_finite_everywhere_and_right() -> None:
    # On the axis, a dot at a pixel's centre, one end within the other, an unused one.
    latent = one(10.5, 32.5, 50.5, 32.5, 1, 1, 20.5, 20.5, 20.5, 20.5, 2, 2, 40, 50, 41, 50, 1, 4, 3, 9, 12, 17, 1, 1.3)
    z = torch.from_numpy(latent)[None].requires_grad_()
    weights = torch.linspace(0.5, 1.5, 64 * 64).view(1, 64, 64)
    (gradient,) = torch.autograd.grad((DECODER(z) * weights).sum(), z)
    assert gradient.isfinite().all()
    assert (gradient[0, 24:] == 0).all()
    for index in (18, 19, 20, 21, 22, 23):  # the tapered line: against differences in double precision
        high, low = latent.astype(np.float64), latent.astype(np.float64)
        high[index] += 1e-3
        low[index] -= 1e-3
        slope = (weights.numpy()[0] * (_exact64(high) - _exact64(low))).sum() / 2e-3
        assert gradient[0, index].item() == pytest.approx(slope, rel=0.02, abs=0.2)


def _exact64(latent: np.ndarray) -> np.ndarray:
    rows = latent.reshape(-1, 6)[:4]
    return largest(capsules(rows[:, :2] + 32, rows[:, 2:4] + 32, rows[:, 4:]), 64, 64, FIELD_LIMIT)


def test_a_constant_radius_has_a_gradient_at_both_ends() -> None:
    z = torch.from_numpy(one(10, 32, 50, 32, 1, 1))[None].requires_grad_()
    field = DECODER(z)[0]
    (left,) = torch.autograd.grad(field[32, 12], z, retain_graph=True)
    assert left[0, 4].item() == pytest.approx(1 - 2.5 / 40, abs=1e-4)
    assert left[0, 5].item() == pytest.approx(2.5 / 40, abs=1e-4)


def test_onnx_runtime_draws_the_same_at_any_batch_size(tmp_path: Path) -> None:
    latents = latents_of_doodles(7)
    path = tmp_path / "decoder.onnx"
    _onnx(DECODER, {"latent": torch.from_numpy(latents[:3])}, ["drawing"], path)
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for part in (latents[:1], latents[:2], latents):
        (drawing,) = session.run(None, {"latent": part})
        assert np.abs(drawing - decoded(*part)).max() < 1e-4
