"""Pictures become latent keys: files, or one sheet cut as a grid, every N frames."""

from __future__ import annotations

import base64
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon.keyframes import keys
from doodle_core.drawing import Picture, from_bytes
from doodle_core.sequence import write_png
from tests.blender.conftest import picture_of, write_picture


def bar(row: float, side: int = 96) -> np.ndarray:
    """A level bar at a height, 0 = top."""
    ink = np.zeros((side, side))
    middle = round(row * side)
    ink[middle - 4 : middle + 4, side // 6 : -side // 6] = 1.0
    return ink


def _rows(doodle: bpy.types.Object) -> list[float]:
    """The height of each key's ink, 0 = top."""
    heights = []
    for key in doodle.doodle_bridge.keys:
        drawing = from_bytes(base64.b64decode(key.drawing))
        assert isinstance(drawing, Picture)
        rows = drawing.ink.sum(axis=1)
        heights.append(float((rows * (np.arange(len(rows)) + 0.5)).sum() / rows.sum() / len(rows)))
    return heights


def test_files_are_keys_every_n_frames(tmp_path: Path) -> None:
    for number, row in enumerate((0.25, 0.5, 0.75)):
        write_picture(tmp_path / f"pose {number}.png", bar(row))
    files = [{"name": f"pose {number}.png"} for number in (0, 1, 2)]
    bpy.context.scene.cursor.location = (3.0, 1.0, 2.0)
    result = bpy.ops.doodle_bridge.from_images(
        directory=str(tmp_path), files=files, start=5, every=8, size=64, side=1.5
    )
    assert result == {"FINISHED"}
    doodle = bpy.context.object
    assert [key.frame for key in doodle.doodle_bridge.keys] == [5, 13, 21]
    assert keys.key_times(doodle) == [5, 13, 21]
    np.testing.assert_allclose(_rows(doodle), (0.25, 0.5, 0.75), atol=0.01)
    # An upright square at the cursor, seen from the front.
    corners = [doodle.matrix_world @ vertex.co for vertex in doodle.data.vertices]
    np.testing.assert_allclose(np.min(corners, axis=0), (2.25, 1.0, 1.25), atol=1e-6)
    np.testing.assert_allclose(np.max(corners, axis=0), (3.75, 1.0, 2.75), atol=1e-6)
    bpy.context.scene.frame_set(21)
    shown = picture_of(doodle)[..., 3]
    assert shown[48 - 2 : 48 + 2, 20:44].min() > 0.9 and shown[:32].max() < 0.1


def test_a_sheet_is_cut_row_by_row(tmp_path: Path) -> None:
    """Two by two, white on black; one cell is crowded to its border, and paper is still told right."""
    crowded = 1.0 - bar(0.25)
    crowded[:20] = 0.0
    sheet = np.block([[bar(0.2), bar(0.4)], [bar(0.6), crowded]])
    path = write_picture(tmp_path / "sheet.png", 1.0 - sheet)
    bpy.ops.doodle_bridge.from_images(filepath=str(path), columns=2, rows=2, every=12, size=64)
    settings = bpy.context.object.doodle_bridge
    assert [(key.frame, key.cell) for key in settings.keys] == [(1, 0), (13, 1), (25, 2), (37, 3)]
    np.testing.assert_allclose(_rows(bpy.context.object)[:3], (0.2, 0.4, 0.6), atol=0.01)
    drawing = from_bytes(base64.b64decode(settings.keys[3].drawing))
    assert drawing.ink.mean() > 0.6


@pytest.mark.parametrize("kind", ["dark on light", "light on dark", "transparent", "16 bit", "tall"])
def test_pictures_of_all_sorts(kind: str, tmp_path: Path) -> None:
    ink = bar(0.5)
    path = tmp_path / "one.png"
    if kind == "transparent":
        pixels = np.zeros((*ink.shape, 4), np.uint8)
        pixels[..., 3] = 255 * ink
        write_png(path, pixels)
    elif kind == "16 bit":
        write_png(path, np.rint(65535 * (1 - ink)).astype(np.uint16))
    elif kind == "tall":
        write_picture(path, ink[:, 24:72])
    else:
        write_picture(path, ink if kind == "dark on light" else 1 - ink)
    bpy.ops.doodle_bridge.from_images(filepath=str(path), size=64)
    bpy.context.object.doodle_bridge.fitted = False  # the whole square, to know the place
    bpy.context.view_layer.update()
    shown = picture_of(bpy.context.object)[..., 3]
    assert shown[30:34, 28:36].min() > 0.9
    assert shown[:24].max() < 0.1 and shown[40:].max() < 0.1


def test_a_blank_cell_shows_nothing_until_the_next(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Those after the last drawing are left out: the sheet was not filled."""
    cells = [bar(0.3), 0 * bar(0.3), bar(0.7), 0 * bar(0.3)]
    path = write_picture(tmp_path / "sheet.png", np.hstack(cells))
    bpy.ops.doodle_bridge.from_images(filepath=str(path), columns=4, every=10, size=64)
    doodle = bpy.context.object
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 11, 21]
    assert "frames 31" in capfd.readouterr().out
    for frame, shows in ((1, True), (6, True), (10, True), (11, False), (16, False), (20, False), (21, True)):
        bpy.context.scene.frame_set(frame)
        assert (picture_of(doodle)[..., 3].max() > 0.9) == shows, frame


def test_paths_are_kept_relative_to_a_saved_file(tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"), check_existing=False)
    (tmp_path / "pictures").mkdir()
    path = write_picture(tmp_path / "pictures" / "one.png", bar(0.3))
    bpy.ops.doodle_bridge.from_images(filepath=str(path), size=64)
    assert Path(bpy.context.object.doodle_bridge.keys[0].path) == Path("//pictures/one.png")
