"""Notes in picture files: read from whole files only; and the OpenEXR files that carry them are ones others read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doodle_core.notes import read_note
from doodle_core.sequence import read_picture, write_exr, write_png
from tests.core.exr_bytes import exr_bytes

NOTE = "made from 0123456789abcdef"


def ring(height: int, width: int, grain: float = 0.0) -> np.ndarray:
    """(H, W, 4) float32 straight RGBA: a soft ring; with `grain`, noise that no compression makes smaller."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    far = np.hypot(y - height / 2, x - width / 2) - min(height, width) / 3
    alpha = np.clip(3 - np.abs(far), 0, 1)
    colour = np.broadcast_to(np.float32([0.6, 0.1, 0.02]), (height, width, 3))
    noise = rng.random((height, width, 3), np.float32)
    return np.dstack([colour * (1 - grain) + noise * grain, alpha * (1 - grain) + grain]).astype(np.float32)


def premultiplied(rgba: np.ndarray) -> np.ndarray:
    return np.dstack([rgba[..., :3] * rgba[..., 3:], rgba[..., 3]])


@pytest.mark.parametrize(("height", "width"), [(2, 2), (16, 16), (17, 5), (64, 33)])
@pytest.mark.parametrize("grain", [0.0, 1.0])
def test_an_exr_reads_back_as_it_was(tmp_path: Path, height: int, width: int, grain: float) -> None:
    wanted = ring(height, width, grain)
    read = read_picture(write_exr(tmp_path / "a.exr", premultiplied(wanted), NOTE))
    assert read.shape == (height, width, 4)
    assert np.abs(read[..., 3] - wanted[..., 3]).max() < 1e-3
    inked = wanted[..., 3] > 0.05
    assert np.abs(read[inked] - wanted[inked]).max(initial=0) < 1e-2
    assert read_note(tmp_path / "a.exr") == NOTE


def test_a_clear_exr_is_small() -> None:
    assert len(exr_bytes(np.zeros((512, 512, 4), np.float32))) < 20_000


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_png_with_a_note_is_the_same_picture(tmp_path: Path, dtype: type, channels: int) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, np.iinfo(dtype).max, (9, 7, channels), dtype)
    pixels = pixels[..., 0] if channels == 1 else pixels
    write_png(tmp_path / "a.png", pixels, NOTE)
    assert np.array_equal(read_picture(tmp_path / "a.png"), pixels)
    assert read_note(tmp_path / "a.png") == NOTE


def test_where_there_is_none_there_is_none(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", np.zeros((4, 4), np.uint8))
    write_exr(tmp_path / "a.exr", np.zeros((4, 4, 4), np.float32))
    (tmp_path / "a.txt").write_text("no picture")
    for name in ("a.png", "a.exr", "a.txt", "missing.png", "."):
        assert read_note(tmp_path / name) is None


@pytest.fixture(scope="module", params=["png", "exr"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    path = tmp_path_factory.mktemp("notes") / f"a.{request.param}"
    if request.param == "png":
        write_png(path, np.rint(ring(32, 32) * 255).astype(np.uint8), NOTE)
    else:
        write_exr(path, premultiplied(ring(32, 32)), NOTE)
    return path, path.read_bytes()


@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_short_has_no_note(whole: tuple[Path, bytes], share: float) -> None:
    path, data = whole
    path.write_bytes(data[: int(share * len(data))])
    assert read_note(path) is None


@given(share=st.floats(0, 1, exclude_max=True), length=st.integers(1, 64))
def test_a_hole_among_the_rows_loses_the_note(whole: tuple[Path, bytes], share: float, length: int) -> None:
    path, data = whole
    start = data.index(b"IDAT") if path.suffix == ".png" else data.index(b"screenWindowWidth")
    at = start + int(share * (len(data) - start - 12))
    holed = bytearray(data)
    holed[at : at + length] = bytes(len(holed[at : at + length]))
    path.write_bytes(holed)
    assert read_note(path) == (NOTE if bytes(holed) == data else None)
