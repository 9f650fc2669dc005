"""Export: one file of what the frames show, the scene as it was, and one line for what cannot be."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest
from PIL import Image

from blender_addon.outputs import export
from tests.blender.conftest import arc

Maker = Callable[..., bpy.types.Object]
FIRST, LAST, SIZE = 1, 9, 96


@pytest.fixture
def doodle(make_doodle: Maker) -> bpy.types.Object:
    """Three bows at frames 1, 5 and 9, in a scene of those frames, 24 a second."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = FIRST, LAST, 24
    return make_doodle({1: [arc(-1.0)], 5: [arc(0.0, 0.4)], 9: [arc(1.0)]}, size=SIZE)


def exported(path: Path, **options: object) -> Path:
    assert bpy.ops.doodle_bridge.export(filepath=str(path), **options) == {"FINISHED"}
    return path


def shape(doodle: bpy.types.Object) -> tuple[int, int]:
    from blender_addon.keyframes import keys

    return keys.frame_request(doodle.evaluated_get(bpy.context.evaluated_depsgraph_get()), 1).shape


def test_vector_films_have_the_scenes_frames_and_its_speed(doodle: bpy.types.Object, tmp_path: Path) -> None:
    bpy.context.scene.frame_set(4)
    film = json.loads(exported(tmp_path / "film.json").read_text())
    assert (film["op"], film["fr"]) == (LAST - FIRST + 1, 24)
    assert (film["h"], film["w"]) == shape(doodle)
    root = ET.parse(exported(tmp_path / "film.svg")).getroot()
    assert (int(root.get("height", "")), int(root.get("width", ""))) == shape(doodle)
    assert {move.get("dur") for move in root.iter() if move.tag.endswith("}animate")} == {".375s"}
    assert bpy.context.scene.frame_current == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.json", "film.svg"]


def test_lottie_shows_the_frames(doodle: bpy.types.Object, tmp_path: Path) -> None:
    rlottie = pytest.importorskip("rlottie_python")
    doodle.doodle_bridge.ink = "colour"
    doodle.doodle_bridge.colour = (0.6, 0.05, 0.02, 0.8)
    doodle.doodle_bridge.line_weight = 0.5
    player = rlottie.LottieAnimation.from_data(exported(tmp_path / "film.json", size=256).read_text())
    exported(tmp_path / "sheet.png", size=256, columns=9)
    rows, columns = np.asarray(Image.open(tmp_path / "sheet.png")).shape[:2]
    wide = columns // 9 - 8
    sheet = np.asarray(Image.open(tmp_path / "sheet.png").convert("RGB")).astype(float)
    for number in (0, 2, 4, 7, 8):
        left = 8 + number * (wide + 8)
        ours = sheet[8 : rows - 26, left : left + wide]
        theirs = player.render_pillow_frame(frame_num=number, width=ours.shape[1], height=ours.shape[0])
        assert (ours < 200).any()
        assert np.abs(ours - np.asarray(theirs.convert("RGB"))).mean() < 2.0, number


def test_the_stepped_film_does_not_flow(doodle: bpy.types.Object, tmp_path: Path) -> None:
    bpy.ops.doodle_bridge.hold_frames(frames=2)
    layers = json.loads(exported(tmp_path / "film.json").read_text())["layers"][:-1]
    eases = [
        key
        for layer in layers
        for group in layer["shapes"]
        for item in group["it"]
        for key in (item.get("ks", {}).get("k") if isinstance(item.get("ks", {}).get("k"), list) else [])
    ]
    assert eases and all(key.get("h") == 1 or key is eases[-1] or "o" not in key for key in eases)


def test_gif_and_mp4_play_every_frame(doodle: bpy.types.Object, tmp_path: Path) -> None:
    gif = Image.open(exported(tmp_path / "film.gif", paper=(1.0, 0.5, 0.0)))
    assert gif.n_frames == LAST - FIRST + 1 and gif.size == shape(doodle)[::-1]
    assert np.abs(np.asarray(gif.convert("RGB"))[0, 0].astype(int) - [255, 128, 0]).max() <= 2
    assert exported(tmp_path / "film.mp4").read_bytes()[4:8] == b"ftyp"


def test_a_contact_sheet_of_the_keys_alone(doodle: bpy.types.Object, tmp_path: Path) -> None:
    assert export.frames_of_keys(doodle) == (1, 5, 9)
    rows, columns = (side * 50 // SIZE for side in shape(doodle))
    sheet = Image.open(exported(tmp_path / "keys.png", span="keys", size=50, columns=3))
    assert abs(sheet.width - (3 * (columns + 8) + 8)) <= 3 and abs(sheet.height - (rows + 8 + 18 + 8)) <= 2
    frames = json.loads(exported(tmp_path / "keys.json", span="keys").read_text())["op"]
    assert frames == 9  # a film goes from the first key to the last


def test_the_preview_range_counts(doodle: bpy.types.Object, tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 3, 5
    assert json.loads(exported(tmp_path / "film.json").read_text())["op"] == 3


def test_without_paper_and_without_an_ending(doodle: bpy.types.Object, tmp_path: Path) -> None:
    exported(tmp_path / "film", kind="lottie", transparent=True)
    clear = json.loads((tmp_path / "film.json").read_text())
    laid = json.loads(exported(tmp_path / "laid.json").read_text())
    assert len(laid["layers"]) == len(clear["layers"]) + 1


@pytest.mark.parametrize(
    ("name", "fps", "said"),
    [("film.webm", 24, "let the name end in one of .svg"), ("film.gif", 60, "a GIF cannot show 60 frames a second")],
)
def test_what_cannot_be_is_told_in_one_line(
    doodle: bpy.types.Object, tmp_path: Path, reports: Callable[..., str], name: str, fps: int, said: str
) -> None:
    bpy.context.scene.render.fps = fps
    told = reports(bpy.ops.doodle_bridge.export, filepath=str(tmp_path / name))
    assert said in told and "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(
    doodle: bpy.types.Object, tmp_path: Path, reports: Callable[..., str]
) -> None:
    (tmp_path / "file").write_text("")
    bpy.context.scene.frame_set(3)
    assert "file" in reports(bpy.ops.doodle_bridge.export, filepath=str(tmp_path / "file" / "film.svg"))
    assert bpy.context.scene.frame_current == 3


def test_only_doodles_can_be_exported() -> None:
    assert not bpy.ops.doodle_bridge.export.poll()
