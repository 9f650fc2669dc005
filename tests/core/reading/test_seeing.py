"""The network asked about pictures of any size, and by either engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from doodle_core.drawing import Drawing
from doodle_core.engines.onnx import OnnxEngine
from doodle_core.engines.torch import TorchEngine
from doodle_core.errors import DoodleError
from doodle_core.matching.model import StrokeModel
from doodle_core.model import DoodleModel, weights_folder
from doodle_core.reading.cells import CELL, of_drawing, unpack
from doodle_core.reading.seeing import _parts, seen
from doodle_core.rendering import coverage
from tests.core.engines.other_models import folder_with

SIDE = 1200
T = np.linspace(0, 2 * np.pi, 200)
DRAWN = Drawing.make(
    [np.stack([0.5 + 0.45 * np.sin(2 * T), 0.5 + 0.45 * np.sin(3 * T)], axis=1), [(0.1, 0.2), (0.9, 0.7)]], 2 / SIDE
)


@pytest.fixture(scope="module")
def engine() -> OnnxEngine:
    return OnnxEngine(weights_folder(), 2)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return np.repeat(1 - coverage(DRAWN, SIDE)[..., None], 3, axis=2).astype(np.float32)


def asked(engine: OnnxEngine, picture: np.ndarray) -> np.ndarray:
    """The whole picture at once."""
    height, width = picture.shape[:2]
    wide = np.pad(picture, ((0, -height % 8), (0, -width % 8), (0, 0)), mode="edge")
    return engine.run("reader", picture=wide.transpose(2, 0, 1)[None].copy())[0][0]


@pytest.mark.parametrize(("height", "width"), [(1200, 1200), (1199, 402), (37, 40), (9, 1101), (1, 1)])
def test_parts_say_what_the_whole_says(engine: OnnxEngine, picture: np.ndarray, height: int, width: int) -> None:
    shown = picture[:height, :width]
    cells, whole = seen(engine, shown), unpack(asked(engine, shown))
    rows, columns = -(-height // CELL), -(-width // CELL)
    assert cells.end.shape == (rows, columns) and cells.line.shape == (CELL * rows, CELL * columns)
    # The network is not asked of bare paper.
    drawn = np.argwhere(shown.min(axis=2) < 0.9)
    low, high = (drawn.min(axis=0), drawn.max(axis=0) + 1) if len(drawn) else np.zeros((2, 2), np.int64)
    pixels = np.s_[low[0] : high[0], low[1] : high[1]]
    part = np.s_[low[0] // CELL : -(-high[0] // CELL), low[1] // CELL : -(-high[1] // CELL)]
    np.testing.assert_allclose(cells.presence[part], whole.presence[part], atol=5e-3)
    np.testing.assert_allclose(cells.ink[pixels], whole.ink[pixels], atol=5e-3)
    bare = np.ones(cells.end.shape, np.bool_)
    near, far = np.maximum(low - 50, 0) // CELL, (high + 50) // CELL
    bare[near[0] : far[0], near[1] : far[1]] = False
    assert (cells.presence[bare] < 1e-6).all()


@pytest.mark.parametrize("side", [1, 5, 64, 250, 257, 600, 1025, 1536, 2049, 5000])
def test_parts_cover_a_side_once_and_see_beyond_their_own(side: int) -> None:
    side *= 8
    parts = _parts(side, 512, 2)
    assert [own.start for _, own in parts] + [side] == [0, *(own.stop for _, own in parts)]
    for shown, own in parts:
        assert 0 <= shown.start <= own.start < own.stop <= shown.stop <= side
        assert shown.start == 0 or own.start - shown.start >= 40
        assert shown.stop == side or shown.stop - own.stop >= 40
        assert shown.start % 8 == shown.stop % 8 == own.start % 8 == 0 and len(shown) <= 512 + 2 * 48 + 8


def test_the_bundled_reader_sees_what_is_drawn(engine: OnnxEngine, picture: np.ndarray) -> None:
    """So the weights are not of another layout."""
    cells, true = seen(engine, picture), of_drawing(DRAWN, SIDE)
    found, there = cells.presence.max(-1) > 0.5, true.presence.max(-1) > 0.9
    assert found[there].mean() > 0.97 and found[true.presence.max(-1) == 0].mean() < 0.01
    assert np.median(cells.radius[..., 0][there & (cells.presence[..., 0] > 0.5)]) == pytest.approx(2, abs=0.3)
    assert np.abs(cells.ink - true.ink).mean() < 0.01


def test_the_engines_agree(engine: OnnxEngine, picture: np.ndarray) -> None:
    given = picture[:200, :304].transpose(2, 0, 1)[None].copy()
    (ours,), (theirs,) = (
        engine.run("reader", picture=given),
        TorchEngine(weights_folder(), 1).run("reader", picture=given),
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)


def test_the_reader_of_another_model_is_never_used(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "model", reader=b"")
    model = DoodleModel.load(folder, engine="onnx", device="cpu")
    assert isinstance(model, StrokeModel) and model.reader is not model.engine
    with pytest.raises(DoodleError, match=r"reader\.safetensors.* bundled"):
        TorchEngine(folder, 1).run("reader", picture=np.zeros((1, 3, 8, 8), np.float32))
