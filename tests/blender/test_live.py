"""Scrubbing, frame_set and every way of rendering show the same, right picture."""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from blender_addon.view import live, plane
from tests.blender.conftest import arc, pencil, picture_of, start_afresh, write_picture

Maker = Callable[..., bpy.types.Object]
SIZE = 64


def expected(doodle: bpy.types.Object, position: float, **changes: object) -> np.ndarray:
    """What the core answers for this position, asked directly."""
    from dataclasses import replace

    request = keys.frame_request(
        doodle.evaluated_get(bpy.context.evaluated_depsgraph_get()), bpy.context.scene.frame_current_final
    )
    return session.render(replace(request, position=position, **changes))


def stage(doodle: bpy.types.Object, engine: str) -> None:
    """A camera that sees just the plane, pixel for pixel, and a renderer that changes no number."""
    scene = bpy.context.scene
    camera = bpy.data.cameras.new("Camera")
    camera.type, camera.ortho_scale = "ORTHO", doodle.matrix_world.col[0].xyz.length
    scene.camera = bpy.data.objects.new("Camera", camera)
    scene.collection.objects.link(scene.camera)
    scene.camera.location = doodle.matrix_world.translation
    scene.camera.location.y -= 5
    scene.camera.rotation_euler = (pi / 2, 0, 0)
    render = scene.render
    render.engine = engine
    render.resolution_x = render.resolution_y = SIZE
    render.film_transparent = True
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGBA"
    render.image_settings.color_depth = "16"
    scene.view_settings.view_transform = "Raw"
    scene.display.shading.light, scene.display.shading.color_type = "FLAT", "TEXTURE"
    scene.display.render_aa = "OFF"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 1.0


def read(path: Path) -> np.ndarray:
    from doodle_core.sequence import read_picture

    return read_picture(path)[..., 3] / 65535.0


def same(rendered: np.ndarray, ink: np.ndarray, engine: str) -> bool:
    """Cycles blends by alpha; Workbench cuts it at a tenth."""
    if engine == "CYCLES":
        return bool(np.abs(rendered - ink).max() < 3e-3)
    sure = np.abs(ink - 0.1) > 0.01
    return bool((rendered[sure] == (ink > 0.1)[sure]).all())


def test_scrubbing_in_any_order(make_doodle: Maker) -> None:
    doodle = make_doodle()
    for frame in (1, 6, 3, 21, 11, 18, 6, 200, -5):
        bpy.context.scene.frame_set(frame)
        position = float(np.clip((frame - 1) / 10, 0, 2))
        np.testing.assert_allclose(picture_of(doodle), expected(doodle, position), atol=1e-4)


def test_a_key_is_the_drawing_itself(make_doodle: Maker) -> None:
    import base64

    from doodle_core import raster
    from doodle_core.drawing import from_bytes

    doodle = make_doodle()
    for number, frame in enumerate((1, 11, 21)):
        bpy.context.scene.frame_set(frame)
        drawing = from_bytes(base64.b64decode(doodle.doodle_bridge.keys[number].drawing))
        assert np.abs(picture_of(doodle)[..., 3] - raster.ink(drawing, SIZE)).max() <= 1 / 255


def test_an_edited_setting_shows_at_once(make_doodle: Maker) -> None:
    doodle = make_doodle()
    before = picture_of(doodle)[..., 3].sum()
    doodle.doodle_bridge.line_weight = 1.0
    bpy.context.view_layer.update()
    assert picture_of(doodle)[..., 3].sum() > 1.3 * before
    doodle.doodle_bridge.size = 100
    bpy.context.view_layer.update()
    assert picture_of(doodle).shape == (100, 100, 4)


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("engine", ["CYCLES", "BLENDER_WORKBENCH"])
def test_every_way_of_rendering_shows_the_same(
    engine: str, persistent: bool, make_doodle: Maker, tmp_path: Path
) -> None:
    doodle = make_doodle()
    settings, scene = doodle.doodle_bridge, bpy.context.scene
    for frame, sigma, weight in ((1, 0.0, 0.0), (21, 1.0, 1.0)):
        settings.sigma, settings.line_weight = sigma, weight
        doodle.keyframe_insert("doodle_bridge.sigma", frame=frame)
        doodle.keyframe_insert("doodle_bridge.line_weight", frame=frame)
    stage(doodle, engine)
    scene.render.use_persistent_data = persistent
    frames = (1, 6, 11, 16, 21)
    inks = {}
    for frame in frames:
        scene.frame_set(frame)
        inks[frame] = picture_of(doodle)[..., 3].copy()
    assert all(np.abs(inks[a] - inks[b]).max() > 0.5 for a, b in ((1, 6), (6, 11), (11, 16), (16, 21)))

    for frame in (11, 6, 21):  # F12, here and there
        scene.frame_set(frame)
        scene.render.filepath = str(tmp_path / "still.png")
        bpy.ops.render.render(write_still=True)
        assert same(read(tmp_path / "still.png"), inks[frame], engine), f"still of frame {frame}"

    scene.frame_set(16)  # Ctrl-F12
    scene.frame_start, scene.frame_end, scene.frame_step = 1, 21, 5
    scene.render.filepath = f"{tmp_path / 'film'}/"
    bpy.ops.render.render(animation=True)
    for frame in frames:
        assert same(read(tmp_path / "film" / f"{frame:04d}.png"), inks[frame], engine), f"frame {frame} of the film"


def of_pictures(folder: Path, count: int = 3) -> bpy.types.Object:
    """A doodle of pictures of grey blots, which come back at their keys as far as they are pinned."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    names = []
    for number in range(count):
        blot = 1.6 - np.hypot(columns - 20 - 30 * number / count, rows - 30) / 10
        names.append({"name": write_picture(folder / f"{number}.png", np.clip(blot, 0, 1)).name})
    assert bpy.ops.doodle_bridge.from_images(files=names, directory=str(folder), start=1, every=10, size=SIZE) == {
        "FINISHED"
    }
    bpy.context.object.doodle_bridge.fitted = False  # the whole square, as `stage` sees it
    return bpy.context.object


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("position", (0.3, 1.2)),
        ("method", ("linear", "cubic")),
        ("sigma", (0.0, 0.75)),
        ("seed", (0, 7)),
        ("pin", (1.0, 0.0)),
        ("line_weight", (0.0, 1.0)),
        ("softness", (0.0, 2.0)),
        ("colour", ((0.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 0.4))),
    ],
)
def test_every_setting_is_that_of_the_rendered_frame(
    name: str, values: tuple[object, object], make_doodle: Maker, tmp_path: Path
) -> None:
    """Also while the original object still holds another frame's values, as it does all through a render."""
    uneven = {1: [arc(-1.0)], 11: [arc(0.9)], 21: [arc(0.4, 0.5)]}  # so that no straight line is a spline
    doodle = of_pictures(tmp_path) if name == "pin" else make_doodle(uneven)
    settings, scene = doodle.doodle_bridge, bpy.context.scene
    settings.sigma = 0.3  # or no seed would show
    frames = (3, 13)  # a fifth of the way from a key: pinned in part
    if name == "position":
        doodle.animation_data_clear()
    for frame, value in zip(frames, values, strict=True):
        setattr(settings, name, value)
        doodle.keyframe_insert(f"doodle_bridge.{name}", frame=frame)
    stage(doodle, "CYCLES")
    scene.frame_set(frames[0])
    positions = values if name == "position" else (0.2, 1.2)
    told = [{} if name == "position" else {name: value} for value in values]
    inks = [expected(doodle, at, **set_to)[..., 3] for at, set_to in zip(positions, told, strict=True)]
    not_keyed = expected(doodle, positions[1 if name != "position" else 0], **told[0])[..., 3]
    assert np.abs(inks[1] - not_keyed).max() > 0.05  # what the last frame would show, were its value not honoured

    scene.frame_start, scene.frame_end, scene.frame_step = 3, 13, 10
    scene.render.filepath = f"{tmp_path}/"
    bpy.ops.render.render(animation=True)
    for frame, ink in zip(frames, inks, strict=True):
        assert same(read(tmp_path / f"{frame:04d}.png"), ink, "CYCLES"), f"frame {frame}"


def test_a_file_renders_as_soon_as_it_is_opened(make_doodle: Maker, tmp_path: Path) -> None:
    """As `blender -b FILE -f 16` does: no scrubbing before."""
    doodle = make_doodle()
    stage(doodle, "CYCLES")
    ink = expected(doodle, 1.5)[..., 3]
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"), check_existing=False)
    start_afresh()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    scene = bpy.context.scene
    scene.frame_start = scene.frame_end = 16
    scene.render.filepath = f"{tmp_path / 'film'}/"
    bpy.ops.render.render(animation=True)
    assert same(read(tmp_path / "film" / "0016.png"), ink, "CYCLES")


def test_colour_and_alpha_reach_the_render_unchanged(make_doodle: Maker, tmp_path: Path) -> None:
    from doodle_core.sequence import read_picture

    doodle = make_doodle()
    doodle.doodle_bridge.colour = (0.8, 0.4, 0.2, 0.5)
    stage(doodle, "CYCLES")
    bpy.context.scene.render.filepath = str(tmp_path / "still.png")
    bpy.ops.render.render(write_still=True)
    rendered = read_picture(tmp_path / "still.png")[..., :4] / 65535.0
    ink = picture_of(doodle)
    there = ink[..., 3] > 0.1
    assert there.any()
    np.testing.assert_allclose(rendered[there], ink[there], atol=0.02)


def test_hidden_doodles_cost_nothing(make_doodle: Maker) -> None:
    doodle = make_doodle()
    scene = bpy.context.scene
    before = picture_of(doodle).copy()
    doodle.hide_set(True)
    scene.frame_set(16)
    assert np.array_equal(picture_of(doodle), before)
    doodle.hide_set(False)
    bpy.context.view_layer.update()
    scene.frame_set(16)
    assert not np.array_equal(picture_of(doodle), before)


def test_hidden_in_the_viewport_but_rendered(make_doodle: Maker, tmp_path: Path) -> None:
    doodle = make_doodle()
    stage(doodle, "CYCLES")
    scene = bpy.context.scene
    ink = expected(doodle, 1.5)[..., 3]
    doodle.hide_viewport = True
    scene.frame_set(16)
    scene.render.filepath = str(tmp_path / "still.png")
    bpy.ops.render.render(write_still=True)
    assert same(read(tmp_path / "still.png"), ink, "CYCLES")


def test_a_baked_doodle_is_left_alone(make_doodle: Maker) -> None:
    doodle = make_doodle()
    before = picture_of(doodle).copy()
    doodle.doodle_bridge.is_baked = True
    bpy.context.scene.frame_set(16)
    assert np.array_equal(picture_of(doodle), before)
    doodle.doodle_bridge.is_baked = False
    bpy.context.view_layer.update()
    assert not np.array_equal(picture_of(doodle), before)


def test_paused(make_doodle: Maker) -> None:
    doodle = make_doodle()
    before = picture_of(doodle).copy()
    with live.paused():
        bpy.context.scene.frame_set(16)
    assert np.array_equal(picture_of(doodle), before)


def test_doodles_do_not_mix() -> None:
    doodles = []
    for number, lift in enumerate((-1.0, 1.0)):
        pencil({1: [arc(lift)], 21: [arc(-lift)]}, name=f"Drawing {number}")
        bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=SIZE)
        doodles.append(bpy.context.object)
    bpy.context.scene.frame_set(11)
    doodles[1].doodle_bridge.colour = (1.0, 0.0, 0.0, 1.0)
    bpy.context.scene.frame_set(1)
    first, second = (picture_of(doodle)[..., 3].mean(axis=1) for doodle in doodles)
    np.testing.assert_allclose(first, second[::-1], atol=0.02)
    assert not np.allclose(first, second, atol=0.02)
    black, red = (picture[picture[..., 3] > 0][:, 0] for picture in map(picture_of, doodles))
    assert black.max() == 0.0 and red.min() == pytest.approx(1.0)


@pytest.mark.parametrize("linked", [False, True])
def test_a_copy_shows_its_own_picture(linked: bool, make_doodle: Maker) -> None:
    doodle = make_doodle()
    bpy.ops.object.duplicate(linked=linked)
    copy = bpy.context.object
    assert copy != doodle
    copy.animation_data_clear()
    copy.doodle_bridge.position = 2.0
    bpy.context.view_layer.update()
    bpy.context.scene.frame_set(1)
    assert plane.shown_image(copy) != plane.shown_image(doodle)
    np.testing.assert_allclose(picture_of(doodle), expected(doodle, 0.0), atol=1e-6)
    np.testing.assert_allclose(picture_of(copy), expected(copy, 2.0), atol=1e-6)


def test_doodles_come_and_go(make_doodle: Maker) -> None:
    """By script, without an update in between: the next frame shows those that are there."""
    scene = bpy.context.scene
    first = make_doodle()
    scene.frame_set(6)
    second = first.copy()
    second.data = first.data.copy()
    scene.collection.objects.link(second)
    scene.frame_set(16)
    assert plane.shown_image(second) != plane.shown_image(first)
    for doodle in (first, second):
        np.testing.assert_allclose(picture_of(doodle), expected(doodle, 1.5), atol=1e-4)
    bpy.data.objects.remove(first)
    scene.frame_set(1)
    np.testing.assert_allclose(picture_of(second), expected(second, 0.0), atol=1e-4)


def test_another_scene_has_doodles_of_its_own(make_doodle: Maker) -> None:
    first = make_doodle()
    bpy.context.window.scene = bpy.data.scenes.new("Second")
    second = make_doodle({1: [arc(0.7)], 11: [arc(-0.7)]})
    shown = picture_of(first).copy()
    bpy.context.scene.frame_set(11)
    np.testing.assert_allclose(picture_of(second), expected(second, 1.0), atol=1e-4)
    assert np.array_equal(picture_of(first), shown)


def test_a_renamed_doodle_goes_on(make_doodle: Maker) -> None:
    doodle = make_doodle()
    doodle.name = 'Läufer "eins"/✏️'
    bpy.context.scene.frame_set(16)
    np.testing.assert_allclose(picture_of(doodle), expected(doodle, 1.5), atol=1e-4)


def _twenty() -> list[bpy.types.Object]:
    """Twenty doodles, each of bows of its own."""
    made = []
    for number in range(20):
        lift = 0.1 * number - 1.0
        pencil({1: [arc(lift)], 21: [arc(lift + 0.6)]}, name=f"Drawing {number}")
        assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=SIZE) == {"FINISHED"}
        made.append(bpy.context.object)
    return made


def _late(doodles: list[bpy.types.Object], position: float) -> list[int]:
    """The numbers of the doodles that do not show that position."""
    shown = [(picture_of(doodle), expected(doodle, position)) for doodle in doodles]
    return [number for number, (is_, should) in enumerate(shown) if np.abs(is_ - should).max() > 1e-4]


def _hurried(seconds: float) -> int:
    # Not context.evaluated_depsgraph_get(): it ends in the handlers, which draw everything here.
    return live.refresh(bpy.context.scene, bpy.context.view_layer.depsgraph, hurried=True, seconds=seconds)


def test_twenty_doodles_do_not_mix() -> None:
    doodles = _twenty()
    for frame in (11, 1, 16):
        bpy.context.scene.frame_set(frame)
        assert _late(doodles, (frame - 1) / 20) == []
    pictures = [picture_of(doodle).tobytes() for doodle in doodles]
    assert len(set(pictures)) == 20


def test_who_is_late_is_drawn_in_turn_and_as_of_now() -> None:
    doodles, scene = _twenty(), bpy.context.scene
    before = [picture_of(doodle).copy() for doodle in doodles]
    for step in range(4):  # five of twenty are drawn at each of four frames: all have had their turn
        with live.paused():
            scene.frame_set(5 + step)
        assert _hurried(0.0) == 19, "one is always drawn, and no more without time"
        left = [_hurried(0.0) for _ in range(4)]
        assert left == [18, 17, 16, 15]
    unseen = [np.array_equal(picture_of(doodle), old) for doodle, old in zip(doodles, before, strict=True)]
    assert not any(unseen), "none was passed over"
    left = [_hurried(0.0) for _ in range(16)]
    assert left == [*range(14, -1, -1), 0], "what is late becomes no more"
    assert _late(doodles, 7 / 20) == [], "and shows the frame of now"


def test_with_time_all_are_drawn() -> None:
    doodles = _twenty()
    with live.paused():
        bpy.context.scene.frame_set(11)
    assert _hurried(60.0) == 0
    assert _late(doodles, 0.5) == []


def test_what_cannot_be_drawn_holds_up_nobody(make_doodle: Maker, capfd: pytest.CaptureFixture[str]) -> None:
    broken = make_doodle()
    broken.doodle_bridge.model_id = "another"
    broken.update_tag()
    whole = make_doodle()
    with live.paused():
        bpy.context.scene.frame_set(11)
    assert [_hurried(0.0) for _ in range(3)][-1] == 0
    assert _late([whole], 1.0) == []
    assert "another model" in capfd.readouterr().out


@pytest.mark.parametrize(("fps", "seconds"), [(24.0, 0.02), (60.0, 1 / 120), (1.0, 0.02)])
def test_a_frame_has_a_budget(fps: float, seconds: float) -> None:
    assert live.frame_budget(fps) == pytest.approx(seconds)


def test_another_file_starts_from_nothing(make_doodle: Maker, tmp_path: Path) -> None:
    make_doodle()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"), check_existing=False)
    bpy.ops.wm.read_homefile(use_empty=True)
    view = live._view
    assert not (view.shown or view.rendered or view.served)
    assert not any(found for _, found in view.known.values())


def test_a_render_is_never_hurried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was started from a window calls its handlers as an animator's hand does: nothing of Python below."""
    doodles, scene = _twenty(), bpy.context.scene
    monkeypatch.setattr(live, "_by_hand", lambda: True)
    monkeypatch.setattr(live, "frame_budget", lambda _fps: 0.0)
    stage(doodles[0], "CYCLES")
    scene.frame_start = scene.frame_end = 16
    scene.render.filepath = f"{tmp_path}/"
    pictures: list[np.ndarray] = []

    def look(*_: object) -> None:
        pictures.extend(picture_of(doodle).copy() for doodle in doodles)

    bpy.app.handlers.render_post.append(look)
    try:
        bpy.ops.render.render(animation=True)
    finally:
        bpy.app.handlers.render_post.remove(look)
    assert len(pictures) == 20
    for doodle, picture in zip(doodles, pictures, strict=True):
        np.testing.assert_allclose(picture, expected(doodle, 0.75), atol=1e-4)
