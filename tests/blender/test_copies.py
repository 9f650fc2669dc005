"""What files go through: copies, paste, append, scenes, names, deleting, moving. Doodles stay whole and do not mix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import properties, session
from blender_addon.keyframes import keys
from blender_addon.view import plane
from doodle_core.sequence import read_picture
from tests.blender.conftest import arc, draw, pencil, picture_of, start_afresh, write_picture
from tests.blender.test_live import read, same, stage

Maker = Callable[..., bpy.types.Object]
NAME = "Drawing Doodle"


def wanted(ob: bpy.types.Object, scene: bpy.types.Scene | None = None) -> np.ndarray:
    """What the core answers for the doodle as Blender evaluates it now in `scene`, asked directly."""
    scene = scene or bpy.context.scene
    depsgraph = scene.view_layers[0].depsgraph
    return session.render(keys.frame_request(ob.evaluated_get(depsgraph), scene.frame_current_final))


def assert_each_shows_its_own(*doodles: bpy.types.Object) -> None:
    assert len({plane.shown_image(ob) for ob in doodles}) == len(doodles)
    for ob in doodles:
        np.testing.assert_allclose(picture_of(ob), wanted(ob), atol=1e-5)


def save(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(path), check_existing=False)
    return path


def view() -> bpy.types.Context:
    """Within: as if the mouse were in the 3D viewport."""
    window = bpy.context.window
    area = next(one for one in window.screen.areas if one.type == "VIEW_3D")
    region = next(one for one in area.regions if one.type == "WINDOW")
    return bpy.context.temp_override(window=window, area=area, region=region)


def change(ob: bpy.types.Object, number: int) -> None:
    """Settings that no other number has."""
    settings = ob.doodle_bridge
    settings.colour = (number / 40, 0.0, 1 - number / 40, 1.0)
    settings.line_weight = 0.05 * number
    settings.seed, settings.sigma = number, 0.2


def test_twenty_doodles_in_two_scenes_through_saving_and_another_file(tmp_path: Path) -> None:
    first, second = bpy.context.scene, bpy.data.scenes.new("Second")
    for number in range(20):
        bpy.context.window.scene = (first, second)[number % 2]
        lift = 0.1 * number - 1.0
        pencil({1: [arc(lift)], 11 + number: [arc(-lift, 0.3)], 41: [arc(lift + 0.6)]}, name=f"Drawing {number:02}")
        assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64) == {"FINISHED"}
        change(bpy.context.object, number)
    path = save(tmp_path / "many.blend")
    other = tmp_path / "other.blend"
    for round_ in range(2):
        shown = set()
        for scene in (bpy.data.scenes[first_name] for first_name in ("Scene", "Second")):
            bpy.context.window.scene = scene
            for frame in (7 + round_, 33):
                scene.frame_set(frame)
                there = properties.doodles(scene.objects)
                assert len(there) == 10
                assert_each_shows_its_own(*there)
                shown.update(picture_of(ob).tobytes() for ob in there)
        assert len(shown) == 40
        start_afresh()  # another file in between, with doodles of the same names
        pencil({1: [arc(0.9)], 21: [arc(-0.9)]}, name="Drawing 00")
        bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64)
        bpy.context.scene.frame_set(7)
        assert_each_shows_its_own(bpy.context.object)
        save(other)
        bpy.ops.wm.open_mainfile(filepath=str(path))
        # Before any frame is changed: what load_post has drawn.
        assert_each_shows_its_own(*properties.doodles(bpy.context.scene.objects))


@pytest.mark.parametrize("linked", [False, True], ids=["Shift-D", "Alt-D"])
@pytest.mark.parametrize("baked", [False, True], ids=["live", "baked"])
def test_a_copy_has_a_life_of_its_own(linked: bool, baked: bool, make_doodle: Maker, tmp_path: Path) -> None:
    doodle = make_doodle()
    bpy.context.scene.frame_end = 5
    path = save(tmp_path / "a.blend")
    if baked:
        bpy.ops.doodle_bridge.bake()
    bpy.ops.object.duplicate(linked=linked)
    copy = bpy.context.object
    bpy.context.view_layer.update()
    change(copy, 12)
    if baked:
        assert plane.shown_image(copy) == plane.shown_image(doodle) == doodle.doodle_bridge.bake_image
        assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
        assert plane.shown_image(doodle) == doodle.doodle_bridge.bake_image, "freeing the copy left the first alone"
        bpy.context.view_layer.objects.active = doodle
        assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
    for _ in range(2):
        for frame in (4, 16):
            bpy.context.scene.frame_set(frame)
            assert_each_shows_its_own(doodle, copy)
        bpy.ops.wm.save_mainfile()
        bpy.ops.wm.open_mainfile(filepath=str(path))
        doodle, copy = sorted(properties.doodles(), key=lambda ob: ob.name)


def test_a_copy_that_is_retimed_keeps_the_first_as_it_was(make_doodle: Maker) -> None:
    """Shift-D copies the action, so keyframes are each one's own."""
    doodle = make_doodle()
    bpy.ops.object.duplicate()
    copy = bpy.context.object
    assert copy.animation_data.action != doodle.animation_data.action
    keys.position_curve(copy).keyframe_points[1].co.x = 17
    bpy.context.scene.frame_set(11)
    assert_each_shows_its_own(doodle, copy)
    assert np.abs(picture_of(doodle) - picture_of(copy)).max() > 0.5


def test_copy_and_paste_between_files(make_doodle: Maker, tmp_path: Path) -> None:
    doodle = make_doodle()
    change(doodle, 5)
    bpy.context.scene.frame_set(6)
    picture = picture_of(doodle).copy()
    with view():
        assert bpy.ops.view3d.copybuffer() == {"FINISHED"}
    start_afresh()
    mine = make_doodle({1: [arc(0.3)], 21: [arc(-0.3)]})
    for _ in range(2):
        with view():
            assert bpy.ops.view3d.pastebuffer() == {"FINISHED"}
    bpy.context.scene.frame_set(6)
    pasted = [ob for ob in properties.doodles() if ob != mine]
    assert len(pasted) == 2
    assert_each_shows_its_own(mine, *pasted)
    for ob in pasted:
        np.testing.assert_allclose(picture_of(ob), picture, atol=1e-6)
        assert ob.doodle_bridge.seed == 5


def test_append(make_doodle: Maker, tmp_path: Path) -> None:
    make_doodle()
    path = save(tmp_path / "a.blend")
    start_afresh()
    for _ in range(2):
        bpy.ops.wm.append(directory=f"{path}/Object/", filename=NAME)
    first, second = properties.doodles()
    assert first.doodle_bridge.source is not None, "the drawing comes along"
    change(second, 9)
    for frame in (6, 16):
        bpy.context.scene.frame_set(frame)
        assert_each_shows_its_own(first, second)


@pytest.mark.parametrize("kind", ["FULL_COPY", "LINK_COPY"])
def test_a_copied_scene(kind: str, make_doodle: Maker) -> None:
    doodle = make_doodle()
    first = bpy.context.scene
    first.frame_set(6)
    assert bpy.ops.scene.new(type=kind) == {"FINISHED"}
    second = bpy.context.scene
    assert second != first
    (there,) = properties.doodles(second.objects)
    assert (there == doodle) == (kind == "LINK_COPY")
    if kind == "FULL_COPY":
        change(there, 9)
    for frame in (16, 4):
        second.frame_set(frame)
        np.testing.assert_allclose(picture_of(there), wanted(there), atol=1e-5)
    bpy.context.window.scene = first  # stands at 6 still
    bpy.context.view_layer.update()
    np.testing.assert_allclose(picture_of(doodle), wanted(doodle), atol=1e-5)
    first.frame_set(9)
    np.testing.assert_allclose(picture_of(doodle), wanted(doodle), atol=1e-5)
    if kind == "FULL_COPY":
        bpy.context.window.scene = second
        assert plane.shown_image(there) != plane.shown_image(doodle)
        np.testing.assert_allclose(picture_of(there), wanted(there), atol=1e-5)


def test_one_doodle_in_two_scenes_that_stand_at_different_frames(make_doodle: Maker, tmp_path: Path) -> None:
    """Each renders its own frame, whichever was shown last."""
    doodle = make_doodle()
    first, second = bpy.context.scene, bpy.data.scenes.new("Second")
    stage(doodle, "CYCLES")
    for ob in first.collection.objects:
        second.collection.objects.link(ob)
    bpy.context.window.scene = second
    stage(doodle, "CYCLES")
    first.frame_set(6)
    second.frame_set(16)
    inks = {scene.name: wanted(doodle, scene)[..., 3] for scene in (first, second)}
    assert np.abs(inks["Scene"] - inks["Second"]).max() > 0.5
    for name in ("Scene", "Second", "Scene"):
        scene = bpy.data.scenes[name]
        scene.render.filepath = str(tmp_path / "still.png")
        bpy.context.window.scene = scene
        bpy.ops.render.render(write_still=True)
        assert same(read(tmp_path / "still.png"), inks[name], "CYCLES"), name


def test_the_scene_behind_is_drawn_too(make_doodle: Maker) -> None:
    doodle = make_doodle()
    front = bpy.data.scenes.new("Front")
    front.background_set = bpy.context.scene
    bpy.context.window.scene = front
    for frame in (6, 16):
        front.frame_set(frame)
        np.testing.assert_allclose(picture_of(doodle), wanted(doodle, front), atol=1e-5)
    assert picture_of(doodle)[..., 3].any()


NAMES = ['Läufer "eins"/✏️', "it's; a \\ 'name' // with: all?*|<>", "x" * 70, "👻" * 20, " .. ", "%04d ####", "[0]"]
NAMES += ["ü" * 200, "CON", "nul.001", "{blend_name} $HOME ~", "two\nlines\tand a tab"]


@pytest.mark.parametrize("name", NAMES, ids=[f"name {number}" for number in range(len(NAMES))])
def test_any_name_live_and_baked(name: str, make_doodle: Maker, tmp_path: Path) -> None:
    doodle = make_doodle()
    scene = bpy.context.scene
    scene.frame_end = 3
    save(tmp_path / "a.blend")
    doodle.name = doodle.data.name = name
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    collection.objects.link(doodle)
    scene.name = name
    scene.frame_set(16)
    assert_each_shows_its_own(doodle)
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    (folder,) = (tmp_path / "doodle_bridge").iterdir()
    assert sorted(one.name for one in folder.iterdir()) == ["0001.png", "0002.png", "0003.png"]
    played = doodle.doodle_bridge.bake_image
    assert Path(bpy.path.abspath(played.filepath)) == folder / "0001.png"
    doodle.name = scene.name = collection.name = "Other"  # while it is baked
    assert Path(bpy.path.abspath(played.filepath)).is_file()
    assert plane.shown_image(doodle) == played
    assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
    for frame in (16, 6):
        scene.frame_set(frame)
        assert_each_shows_its_own(doodle)


def test_two_names_that_files_cannot_tell_apart(make_doodle: Maker, tmp_path: Path) -> None:
    """`a?` and `a*` are one folder name; no bake may write into another doodle's."""
    doodles = [make_doodle(), make_doodle({1: [arc(0.5)], 21: [arc(-0.5)]})]
    bpy.context.scene.frame_end = 2
    save(tmp_path / "a.blend")
    for doodle, name in zip(doodles, ("a?", "a*"), strict=True):
        doodle.name = name
        bpy.context.view_layer.objects.active = doodle
        assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    folders = {Path(bpy.path.abspath(doodle.doodle_bridge.bake_image.filepath)).parent for doodle in doodles}
    assert len(folders) == 2


def test_deleting_leaves_the_others_as_they_are(make_doodle: Maker) -> None:
    doodle = make_doodle()
    source = doodle.doodle_bridge.source
    bpy.ops.object.duplicate()
    copy = bpy.context.object
    bpy.context.scene.frame_set(6)
    bpy.ops.object.delete()
    assert properties.doodles() == [doodle] and copy is not None
    bpy.context.scene.frame_set(16)
    assert_each_shows_its_own(doodle)
    bpy.data.objects.remove(source)
    bpy.data.orphans_purge(do_recursive=True)
    for frame in (6, 18):
        bpy.context.scene.frame_set(frame)
        assert_each_shows_its_own(doodle)


def test_without_its_drawing_it_says_so_and_stays(make_doodle: Maker, reports: Callable[..., str]) -> None:
    doodle = make_doodle()
    bpy.data.objects.remove(doodle.doodle_bridge.source)
    bpy.context.view_layer.objects.active = doodle
    digests = [key.digest for key in doodle.doodle_bridge.keys]
    assert bpy.ops.doodle_bridge.update_keys.poll() is False or "keys stay" in reports(
        bpy.ops.doodle_bridge.update_keys
    )
    assert [key.digest for key in doodle.doodle_bridge.keys] == digests


def test_images_deleted_by_hand_come_back(make_doodle: Maker) -> None:
    doodle = make_doodle()
    for image in list(bpy.data.images):
        bpy.data.images.remove(image)
    bpy.context.scene.frame_set(6)
    assert_each_shows_its_own(doodle)
    assert [node.image for node in plane.picture_nodes(doodle)] == [plane.shown_image(doodle)]


@pytest.fixture
def from_pictures(tmp_path: Path) -> bpy.types.Object:
    """A doodle of here/pictures/tall.png and wide.png, in here/a.blend."""
    tall, wide = np.zeros((48, 48), np.float32), np.zeros((48, 48), np.float32)
    tall[8:40, 20:28], wide[20:28, 8:40] = 1, 1
    folder = tmp_path / "here" / "pictures"
    folder.mkdir(parents=True)
    for name, ink in (("tall.png", tall), ("wide.png", wide)):
        write_picture(folder / name, ink)
    save(tmp_path / "here" / "a.blend")
    files = [{"name": "tall.png"}, {"name": "wide.png"}]
    assert bpy.ops.doodle_bridge.from_images(directory=str(folder), files=files, size=64, every=2) == {"FINISHED"}
    bpy.ops.wm.save_mainfile()
    return bpy.context.object


def assert_pictures_are_found(doodle: bpy.types.Object, folder: Path) -> None:
    paths = [key.path for key in doodle.doodle_bridge.keys]
    assert all(path.startswith("//") for path in paths)
    found = [Path(bpy.path.abspath(path)).resolve() for path in paths]
    assert found == [folder / "here" / "pictures" / name for name in ("tall.png", "wide.png")]


def test_save_as_elsewhere_keeps_pictures_and_bakes(from_pictures: bpy.types.Object, tmp_path: Path) -> None:
    """Relative paths follow the file: what they name stays the same file."""
    doodle = from_pictures
    assert [key.path for key in doodle.doodle_bridge.keys] == ["//pictures/tall.png", "//pictures/wide.png"]
    bpy.context.scene.frame_end = 3
    doodle.doodle_bridge.bake_folder = "//baked/"
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    save(tmp_path / "there" / "deep" / "b.blend")
    for _ in range(2):
        assert_pictures_are_found(doodle, tmp_path)
        played = Path(bpy.path.abspath(doodle.doodle_bridge.bake_image.filepath))
        assert played.resolve() == tmp_path / "here" / "baked" / "0001.png"
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "there" / "deep" / "b.blend"))
        (doodle,) = properties.doodles()
    bpy.context.view_layer.objects.active = doodle
    write_picture(tmp_path / "here" / "pictures" / "tall.png", np.eye(48, dtype=np.float32))
    before = doodle.doodle_bridge.keys[0].digest
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert doodle.doodle_bridge.keys[0].digest != before
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    assert Path(bpy.path.abspath(doodle.doodle_bridge.bake_image.filepath)).is_file()


def test_a_copy_saved_elsewhere_changes_nothing_here(from_pictures: bpy.types.Object, tmp_path: Path) -> None:
    copy = tmp_path / "there" / "copy.blend"
    copy.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(copy), copy=True)
    assert_pictures_are_found(from_pictures, tmp_path)
    bpy.ops.wm.open_mainfile(filepath=str(copy))
    assert_pictures_are_found(*properties.doodles(), tmp_path)


def test_a_file_that_cannot_be_written_changes_nothing(from_pictures: bpy.types.Object, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "nowhere" / "b.blend"))
    assert_pictures_are_found(from_pictures, tmp_path)


def test_an_appended_doodle_finds_its_pictures(from_pictures: bpy.types.Object, tmp_path: Path) -> None:
    name = from_pictures.name
    start_afresh()
    save(tmp_path / "there" / "b.blend")
    bpy.ops.wm.append(directory=f"{tmp_path / 'here' / 'a.blend'}/Object/", filename=name)
    assert_pictures_are_found(*properties.doodles(), tmp_path)


def test_a_bake_folder_beside_the_blend_follows_it(make_doodle: Maker, tmp_path: Path) -> None:
    """The default folder: after Save As, a new bake goes beside the new file, and the old file keeps its own."""
    doodle = make_doodle()
    bpy.context.scene.frame_end = 2
    save(tmp_path / "here" / "a.blend")
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    bpy.ops.wm.save_mainfile()
    before = read_picture(tmp_path / "here" / "doodle_bridge" / NAME / "0001.png")
    save(tmp_path / "there" / "b.blend")
    doodle.doodle_bridge.line_weight = 1.0
    assert bpy.ops.doodle_bridge.bake() == {"FINISHED"}
    assert np.array_equal(read_picture(tmp_path / "here" / "doodle_bridge" / NAME / "0001.png"), before)
    assert not np.array_equal(read_picture(tmp_path / "there" / "doodle_bridge" / NAME / "0001.png"), before)


def test_update_keys_of_a_copy_leaves_the_first_alone(make_doodle: Maker) -> None:
    doodle = make_doodle()
    bpy.ops.object.duplicate()
    copy = bpy.context.object
    source = doodle.doodle_bridge.source
    draw(source.data.layers[0].frames.new(31), [arc(-0.4)])
    assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}
    assert len(copy.doodle_bridge.keys) == 4 and len(doodle.doodle_bridge.keys) == 3
    for frame in (16, 28):
        bpy.context.scene.frame_set(frame)
        assert_each_shows_its_own(doodle, copy)
