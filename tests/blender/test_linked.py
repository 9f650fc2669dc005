"""Doodles of other files: linked, instanced, overridden. Each shows its own picture, and what is overridden stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import properties, session
from blender_addon.keyframes import keys
from blender_addon.view import plane
from tests.blender.conftest import arc, picture_of, start_afresh
from tests.blender.test_live import read, same, stage

Maker = Callable[..., bpy.types.Object]
NAME = "Drawing Doodle"


def wanted(ob: bpy.types.Object) -> np.ndarray:
    """What the core answers for the doodle as Blender evaluates it now, asked directly."""
    evaluated = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return session.render(keys.frame_request(evaluated, bpy.context.scene.frame_current_final))


def assert_each_shows_its_own(*doodles: bpy.types.Object) -> None:
    assert len({plane.shown_image(ob) for ob in doodles}) == len(doodles)
    for ob in doodles:
        np.testing.assert_allclose(picture_of(ob), wanted(ob), atol=1e-5)


@pytest.fixture
def library(make_doodle: Maker, tmp_path: Path) -> Iterator[Path]:
    """A .blend with a doodle in the collection Cast; afterwards another, saved beside it, is open."""
    doodle = make_doodle()
    cast = bpy.data.collections.new("Cast")
    bpy.context.scene.collection.children.link(cast)
    cast.objects.link(doodle)
    bpy.context.scene.collection.objects.unlink(doodle)
    path = tmp_path / "library" / "cast.blend"
    path.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(path), check_existing=False)
    start_afresh()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"), check_existing=False)
    return path


def link(path: Path) -> tuple[bpy.types.Object, bpy.types.Collection]:
    with bpy.data.libraries.load(str(path), link=True, relative=True) as (_, there):
        there.objects, there.collections = [NAME], ["Cast"]
    return there.objects[0], there.collections[0]


def override(linked: bpy.types.Object) -> bpy.types.Object:
    made = linked.override_create(remap_local_usages=False)
    bpy.context.scene.collection.objects.link(made)
    return made


def instance(cast: bpy.types.Collection) -> bpy.types.Object:
    empty = bpy.data.objects.new("Instance", None)
    empty.instance_type, empty.instance_collection = "COLLECTION", cast
    bpy.context.scene.collection.objects.link(empty)
    return empty


def reopened() -> None:
    path = bpy.data.filepath
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=path)


def ours() -> tuple[list[bpy.types.Object], bpy.types.Object]:
    """The overrides of the open file, in the order of their names, and the linked doodle."""
    found = sorted(properties.doodles(), key=lambda ob: ob.name)
    return [ob for ob in found if ob.override_library], next(ob for ob in found if ob.library)


def alone_in_render(ob: bpy.types.Object) -> None:
    for other in properties.doodles():
        if other.is_editable:
            other.hide_render = other != ob


def test_a_linked_doodle_shows_every_frame(library: Path) -> None:
    doodle, _ = link(library)
    bpy.context.scene.collection.objects.link(doodle)
    for frame in (6, 16, 1):
        bpy.context.scene.frame_set(frame)
        assert_each_shows_its_own(doodle)
    reopened()
    (doodle,) = properties.doodles()
    assert not doodle.is_editable
    bpy.context.scene.frame_set(9)
    assert_each_shows_its_own(doodle)


@pytest.mark.parametrize("hidden", [False, True])
def test_an_instanced_collection_shows_every_frame(hidden: bool, library: Path) -> None:
    """Its doodle is in no collection of the scene; or it is there, hidden, and only the instance is seen."""
    doodle, cast = link(library)
    scene = bpy.context.scene
    if hidden:
        scene.collection.objects.link(doodle)
        doodle.hide_set(True)
    instance(cast)
    for frame in (6, 16, 3):
        scene.frame_set(frame)
        assert_each_shows_its_own(doodle)


def test_an_instance_made_later_is_met(library: Path) -> None:
    doodle, cast = link(library)
    empty = instance(bpy.data.collections.new("Empty"))
    bpy.context.scene.frame_set(6)
    empty.instance_collection = cast
    bpy.context.view_layer.update()
    assert_each_shows_its_own(doodle)
    bpy.context.scene.frame_set(9)
    assert_each_shows_its_own(doodle)


def test_an_instance_renders_every_frame(library: Path, tmp_path: Path) -> None:
    doodle, cast = link(library)
    instance(cast)
    bpy.context.view_layer.update()  # or nobody knows yet where it stands
    scene = bpy.context.scene
    stage(doodle, "CYCLES")
    inks = {}
    for frame in (6, 16):
        scene.frame_set(frame)
        inks[frame] = wanted(doodle)[..., 3]
    assert np.abs(inks[6] - inks[16]).max() > 0.5
    scene.frame_start, scene.frame_end, scene.frame_step = 6, 16, 10
    scene.render.filepath = f"{tmp_path / 'film'}/"
    bpy.ops.render.render(animation=True)
    for frame, ink in inks.items():
        assert same(read(tmp_path / "film" / f"{frame:04d}.png"), ink, "CYCLES"), frame


def test_an_override_has_its_own_settings_and_picture(library: Path, tmp_path: Path) -> None:
    linked, _ = link(library)
    scene = bpy.context.scene
    first, second = override(linked), override(linked)
    scene.collection.objects.link(linked)
    changes = [
        {"sigma": 0.5, "method": "hold", "seed": 3, "colour": (1.0, 0.0, 0.0, 1.0)},
        {"line_weight": 1.0, "transform_x": 0.3, "colour": (0.0, 0.0, 1.0, 0.5), "boil": 0.5},
    ]
    for ob, values in zip((first, second), changes, strict=True):
        for name, value in values.items():
            setattr(ob.doodle_bridge, name, value)
    for _ in range(2):  # as it is made, and as the file brings it back
        for frame in (6, 16):
            scene.frame_set(frame)
            assert_each_shows_its_own(first, second, linked)
        for ob, values in zip((first, second), changes, strict=True):
            for name, value in values.items():
                now = getattr(ob.doodle_bridge, name)
                assert (now if isinstance(now, (str, int, float)) else tuple(now)) == pytest.approx(value), name
        stage(linked, "CYCLES")
        for number, ob in enumerate((first, second)):
            alone_in_render(ob)
            ob.location.y = -1  # in front of the linked one, which nobody can hide
            linked_ink = wanted(linked)[..., 3]
            scene.render.filepath = str(tmp_path / f"{number}.png")
            bpy.ops.render.render(write_still=True)
            ink = 1 - (1 - wanted(ob)[..., 3]) * (1 - linked_ink)
            assert same(read(tmp_path / f"{number}.png"), ink, "CYCLES")
            assert np.abs(ink - linked_ink).max() > 0.4
        reopened()
        (first, second), linked = ours()
        scene = bpy.context.scene


def test_keys_of_an_override_are_changed_where_they_live(library: Path) -> None:
    """Blender would keep them only until the file is saved."""
    made = override(link(library)[0])
    bpy.context.view_layer.objects.active = made
    for operator in ("update_keys", "add_key", "remove_key", "refresh_key", "replace_key"):
        with pytest.raises(RuntimeError, match="linked from"):
            getattr(bpy.ops.doodle_bridge, operator)()
    assert bpy.ops.doodle_bridge.jump_to_key(index=1) == {"FINISHED"}


def test_every_setting_can_be_overridden_and_stays(library: Path) -> None:
    linked, _ = link(library)
    made = override(linked)
    values = {}
    for kind in properties.DoodleSettings.bl_rna.properties:
        if kind.is_readonly or kind.is_hidden or kind.type in {"POINTER", "COLLECTION"} or kind.identifier == "name":
            continue
        if kind.type == "ENUM":
            value = kind.enum_items[-1].identifier
        elif kind.type == "STRING":
            value = "dark" if kind.identifier == "polarity" else "//somewhere"
        elif kind.type == "BOOLEAN":
            value = not kind.default
        elif getattr(kind, "is_array", False):
            value = (0.25,) * kind.array_length
        else:
            value = type(kind.default)(kind.default + 1 if kind.default + 1 <= kind.hard_max else kind.default - 1)
        setattr(made.doodle_bridge, kind.identifier, value)
        values[kind.identifier] = value
    assert len(values) > 20
    made.animation_data.action = None  # or its keyframes of `position` go on
    made.doodle_bridge.position = 1.0
    reopened()
    (made,), _linked = ours()
    for name, value in values.items():
        now = getattr(made.doodle_bridge, name)
        assert (now if isinstance(now, (str, int, float)) else tuple(now)) == pytest.approx(value), name


def test_an_override_is_animated_in_an_action_of_its_own(library: Path) -> None:
    linked, _ = link(library)
    made = override(linked)
    bpy.context.scene.collection.objects.link(linked)
    made.animation_data.action = linked.animation_data.action.copy()
    for frame, sigma, red in ((1, 0.0, 0.0), (21, 1.0, 1.0)):
        made.doodle_bridge.sigma, made.doodle_bridge.colour[0] = sigma, red
        assert made.keyframe_insert("doodle_bridge.sigma", frame=frame)
        assert made.keyframe_insert("doodle_bridge.colour", index=0, frame=frame)
    keys.position_curve(made).keyframe_points[1].co.x = 16  # retimed
    for _ in range(2):
        for frame in (6, 17):
            bpy.context.scene.frame_set(frame)
            assert_each_shows_its_own(made, linked)
        evaluated = made.evaluated_get(bpy.context.evaluated_depsgraph_get()).doodle_bridge
        assert 0.5 < evaluated.sigma < 1.0 and evaluated.position == pytest.approx(1.2)
        reopened()
        (made,), linked = ours()


def test_overrides_made_by_the_menu(library: Path) -> None:
    """Object > Library Override > Make, on an instance: the whole collection becomes one's own."""
    _, cast = link(library)
    empty = instance(cast)
    bpy.context.view_layer.objects.active = empty
    empty.select_set(True)
    assert bpy.ops.object.make_override_library() == {"FINISHED"}
    (made,), linked = ours()
    assert made.is_editable
    made.doodle_bridge.colour = (0.0, 1.0, 0.0, 1.0)
    made.doodle_bridge.line_weight = 0.5
    bpy.context.scene.collection.objects.link(linked)
    for _ in range(2):
        bpy.context.scene.frame_set(6)
        assert_each_shows_its_own(made, linked)
        assert tuple(made.doodle_bridge.colour) == (0.0, 1.0, 0.0, 1.0)
        reopened()
        (made,), linked = ours()


def test_an_override_renders_with_nothing_in_between(library: Path, tmp_path: Path) -> None:
    """As a script on a farm does it: link, override, change, render."""
    linked, _ = link(library)
    made = override(linked)
    bpy.context.scene.collection.objects.link(linked)
    made.doodle_bridge.line_weight = 1.0
    made.location.y -= 1
    stage(linked, "CYCLES")
    scene = bpy.context.scene
    scene.camera.data.ortho_scale = linked.scale.x  # nobody has worked out its matrix yet
    scene.camera.location = linked.location
    scene.camera.location.y -= 5
    scene.frame_current = 6
    scene.render.filepath = str(tmp_path / "still.png")
    bpy.ops.render.render(write_still=True)
    scene.frame_set(6)
    ink = 1 - (1 - wanted(made)[..., 3]) * (1 - wanted(linked)[..., 3])
    assert same(read(tmp_path / "still.png"), ink, "CYCLES")


def test_a_reloaded_library_shows_what_it_holds_now(library: Path, tmp_path: Path) -> None:
    doodle, _ = link(library)
    made = override(doodle)
    bpy.context.scene.collection.objects.link(doodle)
    made.doodle_bridge.colour = (1.0, 0.0, 0.0, 1.0)
    bpy.context.scene.frame_set(6)
    shot = str(tmp_path / "shot.blend")
    bpy.ops.wm.save_mainfile()
    before = picture_of(doodle).copy()
    bpy.ops.wm.open_mainfile(filepath=str(library))
    bpy.data.objects[NAME].doodle_bridge.line_weight = 1.0
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=shot)
    (made,), doodle = ours()
    assert picture_of(doodle)[..., 3].sum() > 1.3 * before[..., 3].sum()
    assert_each_shows_its_own(made, doodle)
    doodle.library.reload()
    bpy.context.view_layer.update()
    (made,), doodle = ours()
    assert_each_shows_its_own(made, doodle)
    bpy.context.scene.frame_set(9)
    assert_each_shows_its_own(made, doodle)


def test_a_baked_doodle_linked_plays_its_pictures(make_doodle: Maker, tmp_path: Path) -> None:
    """They stand beside the file that was linked, not beside the one that is open."""
    folder = tmp_path / "library"
    folder.mkdir()
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 9
    doodle = make_doodle({1: [arc(-1.0)], 9: [arc(1.0)]})
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "cast.blend"), check_existing=False)
    stage(doodle, "CYCLES")
    scene.frame_set(4)
    ink = picture_of(doodle)[..., 3].copy()
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    bpy.ops.wm.save_mainfile()
    start_afresh()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"), check_existing=False)
    with bpy.data.libraries.load(str(folder / "cast.blend"), link=True, relative=True) as (_, there):
        there.objects = [NAME]
    linked = there.objects[0]
    scene = bpy.context.scene
    scene.collection.objects.link(linked)
    bpy.context.view_layer.update()
    stage(linked, "CYCLES")
    scene.frame_set(4)
    scene.render.filepath = str(tmp_path / "still.png")
    bpy.ops.render.render(write_still=True)
    assert np.abs(read(tmp_path / "still.png") - ink).max() < 0.01

    made = override(linked)
    bpy.context.view_layer.update()
    bpy.context.view_layer.objects.active = made
    assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
    bpy.context.view_layer.update()
    for _ in range(2):
        assert linked.doodle_bridge.is_baked and not made.doodle_bridge.is_baked
        assert plane.shown_image(linked) == linked.doodle_bridge.bake_image, "freeing the one left the other alone"
        bpy.context.scene.frame_set(7)
        np.testing.assert_allclose(picture_of(made), wanted(made), atol=1e-5)
        reopened()
        (made,), linked = ours()
