"""Make It a Key: an in-between becomes strokes on the drawing's layers, and the film stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import session
from blender_addon.keyframes import keys
from tests.blender.conftest import Stroke, add_layer, add_material, arc, fill, pencil, start_afresh
from tests.blender.test_layer_timing import blinking, frames_of, make

Reports = Callable[..., str]
OPERATORS = bpy.ops.doodle_bridge


def square(x: float, side: float = 0.5) -> Stroke:
    return [(x + a * side, 0.0, 0.5 + b * side) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]


WHISKER = [(-1, 0, 1.4), (0, 0, 1.5)]


def drawn(whisker: bool = False) -> bpy.types.Object:
    """Two arms that swing and a filled square that moves, at frames 1 and 25; a line that only the first has."""
    source = pencil(
        {1: [arc(-1.0), arc(-0.5, 0.3), *[WHISKER] * whisker], 25: [arc(1.0), arc(0.5, 0.3)]},
    )
    add_material(source, (0.8, 0.1, 0.1, 1.0), (0.1, 0.6, 0.2, 1.0))
    fills = add_layer(source, "Fills", {1: [square(-0.9)], 25: [square(0.5)]})
    for frame in fills.frames:
        stroke = frame.drawing.strokes[0]
        stroke.material_index, stroke.cyclic = 1, True
        fill(source, stroke)
    return source


def doodle_of(source: bpy.types.Object, output: str = "strokes", **settings: object) -> bpy.types.Object:
    bpy.context.view_layer.objects.active = source
    doodle = make(output)
    for name, value in settings.items():
        setattr(doodle.doodle_bridge, name, value)
    return doodle


def poses(doodle: bpy.types.Object, frames: Sequence[int]) -> list[np.ndarray]:
    """Where all vertices are that the drawings of frames show, canvas units, sorted: strokes may be in another
    order."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        ob = doodle.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append(session.get().pose(keys.frame_request(ob, frame)).drawing)
    return found


def apart(one: object, two: object) -> float:
    """The farthest that ink of one drawing lies from ink of the other, of a canvas's side."""
    from scipy.spatial import cKDTree

    def samples(drawing: object) -> np.ndarray:
        parts = []
        for start, end in zip(drawing.offsets, drawing.offsets[1:], strict=False):
            points = drawing.points[start:end]
            steps = np.linspace(0, 1, 20)[:, None, None]
            parts.append((points[:-1] + steps * (points[1:] - points[:-1])).reshape(-1, 2))
        return np.concatenate(parts)

    a, b = samples(one), samples(two)
    return float(max(cKDTree(a).query(b)[0].max(), cKDTree(b).query(a)[0].max()))


FRAMES = (1, 4, 7, 10, 13, 16, 19, 22, 25)


@pytest.mark.parametrize("output", ["strokes", "plane"])
@pytest.mark.parametrize(
    ("method", "whisker", "most"),
    [("linear", False, 1e-5), ("spherical", False, 0.012), ("linear", True, 0.09), ("cubic", False, 0.03)],
)
def test_the_film_stays_as_it_is(output: str, method: str, whisker: bool, most: float) -> None:
    """By linear exactly; by others as their paths through three keys go. What only one key has moves with what is near
    it, and that is something else at the breakdown."""
    source = drawn(whisker)
    doodle = doodle_of(source, output, method=method)
    before = poses(doodle, FRAMES)
    bpy.context.scene.frame_set(10)
    assert OPERATORS.make_key() == {"FINISHED"}
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 10, 25]
    assert doodle.doodle_bridge.active_key == 1
    for frame, one, two in zip(FRAMES, before, poses(doodle, FRAMES), strict=True):
        assert apart(one, two) < most, frame
    assert frames_of(source, "Lines")[10] == ("BREAKDOWN", 2 + whisker)
    assert frames_of(source, "Fills")[10] == ("BREAKDOWN", 1)


def test_nothing_is_guessed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    doodle = doodle_of(drawn())
    bpy.context.scene.frame_set(10)
    assert OPERATORS.make_key() == {"FINISHED"}
    model = session.get().model
    monkeypatch.setattr(type(model), "_found", lambda *_: pytest.fail("it was guessed"))
    poses(doodle, FRAMES)
    assert [len(key.match.splitlines()) for key in doodle.doodle_bridge.keys][1] == 1


def test_the_key_is_what_is_drawn() -> None:
    """Update Keys finds nothing changed."""
    doodle = doodle_of(drawn())
    bpy.context.scene.frame_set(10)
    OPERATORS.make_key()
    before = keys.stored(doodle.doodle_bridge)
    assert OPERATORS.update_keys() == {"FINISHED"}
    assert keys.stored(doodle.doodle_bridge) == before
    assert [one.match for one in keys.stored(doodle.doodle_bridge)] == [one.match for one in before]


def test_its_strokes_look_as_they_did() -> None:
    source = drawn()
    doodle_of(source)
    bpy.context.scene.frame_set(13)
    OPERATORS.make_key()
    drawing = source.data.layers["Fills"].get_frame_at(13).drawing
    (stroke,) = drawing.strokes
    assert stroke.cyclic and len(stroke.points) == 4
    assert source.data.materials[stroke.material_index] == source.data.materials[1]
    radii = [
        point.radius for one in source.data.layers["Lines"].get_frame_at(13).drawing.strokes for point in one.points
    ]
    assert max(radii) == pytest.approx(0.04, abs=1e-5)
    assert np.mean([point.position.x for point in stroke.points]) == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("favouring", [-100, -50, 50, 100])
def test_favouring(favouring: int) -> None:
    source = drawn(whisker=True)
    doodle = doodle_of(source, method="linear")
    bpy.context.scene.frame_set(13)
    assert OPERATORS.make_key(favouring=favouring) == {"FINISHED"}
    assert keys.key_times(doodle) == [1, 13, 25], "it stands where it was made"
    strokes = source.data.layers["Fills"].get_frame_at(13).drawing.strokes
    middle = np.mean([point.position.x for point in strokes[0].points])
    assert middle == pytest.approx(0.05 + 0.7 * favouring / 100, abs=0.02)
    assert len(source.data.layers["Lines"].get_frame_at(13).drawing.strokes) == (2 if favouring == 100 else 3)


@pytest.mark.parametrize("output", ["strokes", "plane"])
def test_a_corrected_key_keeps_its_partners(output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One stroke is bent, one is drawn anew: the others go on as they were."""
    source = drawn()
    doodle = doodle_of(source, output, method="linear")
    bpy.context.scene.frame_set(13)
    OPERATORS.make_key()
    drawing = source.data.layers["Lines"].get_frame_at(13).drawing
    for point in drawing.strokes[0].points:
        point.position.z += 0.3
    found: list[tuple[int, int]] = []
    model = session.get().model
    known = type(model)._found
    monkeypatch.setattr(
        type(model),
        "_found",
        lambda self, one, two, *more: found.append((len(one), len(two))) or known(self, one, two, *more),
    )
    assert OPERATORS.update_keys() == {"FINISHED"}
    assert doodle.doodle_bridge.keys[1].made
    drawings = poses(doodle, (7, 13, 19))
    assert found and all(one == two == 4 for one, two in found), "only the old drawing with the corrected one"
    assert len({len(one) for one in drawings}) == 1


def timing(doodle: bpy.types.Object) -> list[float]:
    curve = keys.position_curve(doodle)
    return [curve.evaluate(frame) for frame in range(1, 26)]


@pytest.mark.parametrize("interpolation", ["LINEAR", "BEZIER", "SINE", "CONSTANT"])
def test_the_timing_is_cut_and_put_together_again(interpolation: str) -> None:
    doodle = doodle_of(drawn(), method="linear")
    curve = keys.position_curve(doodle)
    for point in curve.keyframe_points:
        point.interpolation = interpolation
    if interpolation == "CONSTANT":
        for frame in (7, 13, 19):
            curve.keyframe_points.insert(frame, (frame - 1) / 24).interpolation = "CONSTANT"
    curve.update()
    before, shown = timing(doodle), poses(doodle, FRAMES)
    bpy.context.scene.frame_set(10)
    share = curve.evaluate(10)
    assert OPERATORS.make_key() == {"FINISHED"}
    wanted = [value / share if value <= share else 1 + (value - share) / (1 - share) for value in before]
    assert timing(doodle) == pytest.approx(wanted, abs=2e-3)
    for one, two in zip(shown, poses(doodle, FRAMES), strict=True):
        assert apart(one, two) < 1e-4
    assert OPERATORS.remove_key(index=1) == {"FINISHED"}
    assert timing(doodle) == pytest.approx(before, abs=2e-3)


def test_removing_it_brings_the_old_in_betweens_back_exactly() -> None:
    source = drawn()
    doodle = doodle_of(source)
    before, points = poses(doodle, FRAMES), [tuple(p.co) for p in keys.position_curve(doodle).keyframe_points]
    bpy.context.scene.frame_set(10)
    OPERATORS.make_key()
    session.reset()  # what this session has decided is forgotten
    assert OPERATORS.remove_key(index=1) == {"FINISHED"}
    assert [tuple(p.co) for p in keys.position_curve(doodle).keyframe_points] == points
    for one, two in zip(before, poses(doodle, FRAMES), strict=True):
        np.testing.assert_array_equal(one.points, two.points)
    assert 10 not in frames_of(source, "Lines") and 10 not in frames_of(source, "Fills")
    assert doodle.doodle_bridge.left_out == ""


def test_what_a_hand_has_drawn_is_not_deleted() -> None:
    source = drawn()
    doodle = doodle_of(source)
    bpy.context.scene.frame_set(10)
    OPERATORS.make_key()
    source.data.layers["Lines"].get_frame_at(10).drawing.strokes[0].points[3].position.z += 0.1
    OPERATORS.remove_key(index=1)
    assert 10 in frames_of(source, "Lines")
    assert doodle.doodle_bridge.left_out == "10"
    OPERATORS.update_keys()
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 25]


def test_layers_between_their_own_keys() -> None:
    source = blinking()
    doodle = make("strokes")
    frames = range(1, 26)
    before = poses(doodle, frames)
    bpy.context.scene.frame_set(6)
    assert OPERATORS.make_key() == {"FINISHED"}
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 6, 10, 12, 25]
    assert frames_of(source, "Body")[6][0] == frames_of(source, "Blink")[6][0] == "BREAKDOWN"
    bpy.context.scene.frame_set(18)
    assert OPERATORS.make_key() == {"FINISHED"}
    assert 18 in frames_of(source, "Body") and 18 not in frames_of(source, "Blink"), "the blink is over"
    for frame, one, two in zip(frames, before, poses(doodle, frames), strict=True):
        assert apart(one, two) < 1e-3, frame
    for number in (4, 1):
        assert OPERATORS.remove_key(index=number) == {"FINISHED"}
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 10, 12, 25]
    for one, two in zip(before, poses(doodle, frames), strict=True):
        np.testing.assert_allclose(one.points, two.points, atol=1e-6)


def test_on_the_way_back_of_a_loop() -> None:
    doodle = doodle_of(drawn(), method="linear")
    OPERATORS.close_loop(frames=12)
    frames = range(1, 38, 3)
    before = poses(doodle, frames)
    bpy.context.scene.frame_set(31)
    assert OPERATORS.make_key() == {"FINISHED"}
    assert keys.key_times(doodle) == [1, 25, 31]
    assert keys.closing_keyframe(doodle).co.x == 37
    for frame, one, two in zip(frames, before, poses(doodle, frames), strict=True):
        assert apart(one, two) < 1e-4, frame


def test_retimed_and_on_twos() -> None:
    doodle = doodle_of(drawn(), method="linear")
    curve = keys.position_curve(doodle)
    curve.keyframe_points[1].co.x = 49
    curve.update()
    OPERATORS.hold_frames(frames=2)
    frames = range(1, 50, 4)
    before = poses(doodle, frames)
    bpy.context.scene.frame_set(24)
    assert OPERATORS.make_key() == {"FINISHED"}
    assert keys.key_times(doodle) == [1, 23, 49], "where the drawing that is held began"
    for frame, one, two in zip(frames, before, poses(doodle, frames), strict=True):
        assert apart(one, two) < 1e-4, frame


def test_it_is_saved(tmp_path: Path) -> None:
    doodle = doodle_of(drawn())
    bpy.context.scene.frame_set(10)
    OPERATORS.make_key()
    before = poses(doodle, FRAMES)
    path = str(tmp_path / "made.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    start_afresh()
    bpy.ops.wm.open_mainfile(filepath=path)
    doodle = bpy.data.objects["Drawing Doodle"]
    bpy.context.view_layer.objects.active = doodle
    for one, two in zip(before, poses(doodle, FRAMES), strict=True):
        np.testing.assert_array_equal(one.points, two.points)
    assert OPERATORS.remove_key(index=1) == {"FINISHED"}
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 25]
    assert 10 not in frames_of(doodle.doodle_bridge.source, "Lines")


def test_undo_and_redo() -> None:
    doodle_of(drawn())
    bpy.context.scene.frame_set(10)
    bpy.ops.ed.undo_push(message="made")
    OPERATORS.make_key()
    bpy.ops.ed.undo_push(message="key")
    bpy.ops.ed.undo()
    doodle, source = bpy.data.objects["Drawing Doodle"], bpy.data.objects["Drawing"]
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 25]
    assert 10 not in frames_of(source, "Lines")
    bpy.ops.ed.redo()
    doodle, source = bpy.data.objects["Drawing Doodle"], bpy.data.objects["Drawing"]
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 10, 25]
    assert frames_of(source, "Lines")[10] == ("BREAKDOWN", 2)


def test_a_doodle_that_leaves_breakdowns_out_gets_a_keyframe_of_another_type() -> None:
    source = drawn()
    doodle = doodle_of(source, exclude_breakdowns=True)
    bpy.context.scene.frame_set(10)
    OPERATORS.make_key()
    assert frames_of(source, "Lines")[10][0] == "KEYFRAME"
    OPERATORS.update_keys()
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 10, 25]


def test_what_cannot_be_made_is_told(reports: Reports) -> None:
    source = drawn()
    doodle = doodle_of(source)
    bpy.context.scene.frame_set(1)
    assert reports(OPERATORS.make_key) == "nothing is between keys at this frame; go to a frame between two drawings"
    bpy.context.scene.frame_set(10)
    source.data.layers["Fills"].lock = True
    assert reports(OPERATORS.make_key) == "the layer 'Fills' of 'Drawing' is locked; unlock it first"
    source.data.layers["Fills"].lock = False
    doodle.doodle_bridge.method = "hold"
    assert "with the path Hold" in reports(OPERATORS.make_key)
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 25]
    assert 10 not in frames_of(source, "Lines")


def test_drawings_beside_each_other_have_no_frame_between(reports: Reports) -> None:
    doodle = doodle_of(pencil({1: [arc(-1.0)], 2: [arc(1.0)]}))
    keys.position_curve(doodle).keyframe_points[1].co.x = 25
    keys.position_curve(doodle).update()
    bpy.context.scene.frame_set(10)
    assert reports(OPERATORS.make_key).startswith("the drawings at frames 1 and 2 stand next to each other")


def test_doodles_of_pictures_say_what_there_is_instead(reports: Reports, tmp_path: Path) -> None:
    from tests.blender.conftest import write_picture
    from tests.blender.test_images import bar

    paths = [write_picture(tmp_path / f"{n}.png", bar(n)) for n in (0.3, 0.6)]
    OPERATORS.from_images(directory=str(tmp_path), files=[{"name": path.name} for path in paths], size=64)
    bpy.context.scene.frame_set(6)
    line = "this doodle is made of pictures: Bake to Grease Pencil gives strokes, Add Key takes a picture"
    assert reports(OPERATORS.make_key) == line


def test_linked_drawings_are_left_alone(reports: Reports, tmp_path: Path) -> None:
    drawn()
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    start_afresh()
    with bpy.data.libraries.load(str(path), link=True) as (_, there):
        there.objects = ["Drawing"]
    source = there.objects[0]
    bpy.context.scene.collection.objects.link(source)
    doodle_of(source)
    bpy.context.scene.frame_set(10)
    assert reports(OPERATORS.make_key).startswith("'Drawing' is linked from another file")


def test_a_linked_doodle_cannot_be_pressed(tmp_path: Path) -> None:
    doodle_of(drawn())
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    start_afresh()
    with bpy.data.libraries.load(str(path), link=True) as (_, there):
        there.objects = ["Drawing Doodle"]
    bpy.context.scene.collection.objects.link(there.objects[0])
    bpy.context.view_layer.objects.active = there.objects[0]
    bpy.context.scene.frame_set(10)
    assert not OPERATORS.make_key.poll()


def test_the_drawing_is_opened_to_correct_it() -> None:
    source = drawn()
    doodle_of(source)
    bpy.context.scene.frame_set(10)
    OPERATORS.make_key(edit=True)
    assert bpy.context.object == source and bpy.context.mode == "PAINT_GREASE_PENCIL"


def test_a_key_is_added_where_it_is_needed() -> None:
    """Between the second and the third drawing much moves."""
    doodle = doodle_of(pencil({1: [arc(0.1)], 11: [arc(0.2)], 31: [arc(-1.0, 0.5)], 41: [arc(-1.0, 0.6)]}))
    bpy.context.scene.frame_set(3)
    assert OPERATORS.add_key_where_needed() == {"FINISHED"}
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 11, 21, 31, 41]
    assert bpy.context.scene.frame_current == 21


def test_where_nothing_fits_no_key_is_added(reports: Reports) -> None:
    doodle_of(pencil({1: [arc(0.1)], 2: [arc(0.2)]}))
    line = "no two drawings have a frame between them where something moves"
    assert reports(OPERATORS.add_key_where_needed) == line


def test_a_layer_s_key_is_added_where_it_is_needed() -> None:
    blinking(Body={1: [arc(-1.0)], 25: [arc(1.0)]}, Blink={1: [arc(0.0)], 10: [arc(0.02)], 12: [arc(0.0)]})
    doodle = make("strokes")
    assert OPERATORS.add_key_where_needed() == {"FINISHED"}
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 10, 12, 13, 25]


def test_as_a_picture_a_drawing_that_is_seen_otherwise_is_not_drawn_into(reports: Reports) -> None:
    """What is written would be changed once more."""
    source = drawn()
    doodle_of(source, "plane")
    bpy.context.scene.frame_set(10)
    source.data.layers["Lines"].opacity = 0.5
    assert "set Output to Strokes first" in reports(OPERATORS.make_key)
    source.data.layers["Lines"].opacity = 1.0
    source.modifiers.new("Thick", "GREASE_PENCIL_THICKNESS")
    assert "set Output to Strokes first" in reports(OPERATORS.make_key)
    OPERATORS.change_output(output="strokes")
    assert OPERATORS.make_key() == {"FINISHED"}


def test_a_square_that_grows_leaves_partners_and_strokes() -> None:
    """All keys are made anew on it."""
    source = drawn()
    doodle = doodle_of(source, method="linear")
    frames = (7, 13, 19)
    bpy.context.scene.frame_set(10)
    OPERATORS.make_key()
    before = [line_height(source, doodle, frame) for frame in frames]
    for point in source.data.layers["Fills"].get_frame_at(25).drawing.strokes[0].points:
        point.position.x += 6.0
    OPERATORS.update_keys()
    assert doodle.doodle_bridge.canvas_side > 5
    assert [line_height(source, doodle, frame) for frame in frames] == pytest.approx(before, abs=1e-3)
    OPERATORS.remove_key(index=1)
    assert 10 not in frames_of(source, "Lines"), "no hand has changed them"


def line_height(source: bpy.types.Object, doodle: bpy.types.Object, frame: int) -> float:
    """How high the middle of the first arm is that a doodle of strokes shows."""
    bpy.context.scene.frame_set(frame)
    points = doodle.data.layers["Lines"].get_frame_at(frame).drawing.strokes[0].points
    return float(max((point.position.z for point in points), key=abs))


@pytest.mark.parametrize("order", [(1, 2, 1), (3, 2, 1), (2, 1, 1), (2, 2, 1)])
def test_several_go_again_in_any_order(order: tuple[int, ...]) -> None:
    """One half-way, then one on either side of it."""
    source = drawn()
    doodle = doodle_of(source)
    before, shown = poses(doodle, FRAMES), timing(doodle)
    for frame in (13, 7, 19):
        bpy.context.scene.frame_set(frame)
        assert OPERATORS.make_key() == {"FINISHED"}
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 7, 13, 19, 25]
    for number in order:
        assert OPERATORS.remove_key(index=number) == {"FINISHED"}
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 25]
    assert timing(doodle) == pytest.approx(shown, abs=1e-4)
    for one, two in zip(before, poses(doodle, FRAMES), strict=True):
        np.testing.assert_allclose(one.points, two.points, atol=1e-6)


def test_between_others_than_it_was_made_between_it_leaves_partners(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first key is removed, then the one that was made: what is left are partners through it."""
    source = pencil({1: [arc(-1.0)], 13: [arc(0.0)], 25: [arc(1.0), arc(0.5)]})
    doodle = doodle_of(source, method="linear")
    bpy.context.scene.frame_set(19)
    OPERATORS.make_key()
    OPERATORS.remove_key(index=1)
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 19, 25]
    poses(doodle, (7, 22))
    monkeypatch.setattr(type(session.get().model), "_found", lambda *_: pytest.fail("it was guessed"))
    OPERATORS.remove_key(index=1)
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 25]
    poses(doodle, (7, 13, 19))


def test_beside_keys_of_pictures_the_strokes_have_no_in_between(reports: Reports, tmp_path: Path) -> None:
    from tests.blender.conftest import write_picture
    from tests.blender.test_images import bar

    doodle = doodle_of(drawn())
    bpy.context.scene.frame_set(13)
    path = write_picture(tmp_path / "key.png", bar(0.4))
    OPERATORS.add_key(origin="picture", filepath=str(path))
    bpy.context.scene.frame_set(7)
    assert reports(OPERATORS.make_key).startswith("key 1 is a picture")
    assert [key.frame for key in doodle.doodle_bridge.keys] == [1, 13, 25]
