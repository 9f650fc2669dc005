"""Every setting that Blender may animate does animate, drives, and changes the picture. Walks the properties as Blender
has them, so that a new one is met here without being named."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon import properties
from blender_addon.view import live
from tests.blender.conftest import pencil, picture_of
from tests.blender.test_live import of_pictures

# Where every setting has something to change: shaken and wobbling, near a key.
BASE = {"position": 1.2, "sigma": 0.3, "boil": 0.3, "method": "linear"}
FRAME = 19
CHOSEN = {  # where a step from the base is not enough to be seen
    "position": 0.4,
    "seed": 7,
    "boil_step": 5,
    "boil_cycle": 4,
    "softness": 2.0,
    "colour": (0.9, 0.2, 0.1, 0.6),
}

# As they are declared, since Blender has them only once the add-on is enabled.
ANIMATABLE = [
    name
    for name, one in properties.DoodleSettings.__annotations__.items()
    if "ANIMATABLE" in one.keywords.get("options", {"ANIMATABLE"})
    and one.function.__name__ not in {"StringProperty", "PointerProperty", "CollectionProperty"}
]


def declared() -> bpy.types.bpy_prop_collection:
    return properties.DoodleSettings.bl_rna.properties


def scribble(seed: int) -> list[list[list[float]]]:
    """In two strokes, that colours can differ."""
    points = np.random.default_rng(seed).uniform(-1, 1, (2, 150, 3)) * (1, 0, 1)
    return points.tolist()


@pytest.fixture
def doodle(request: pytest.FixtureRequest, tmp_path: Path) -> bpy.types.Object:
    """Of two scribbles, or, for what only pictures have, of grey blots."""
    made = of_pictures(tmp_path) if request.node.callspec.params.get("name") == "pin" else _of_strokes()
    made.animation_data_clear()
    for name, value in BASE.items():
        setattr(made.doodle_bridge, name, value)
    bpy.context.scene.frame_set(FRAME)
    return made


def _of_strokes() -> bpy.types.Object:
    source = pencil({1 + 10 * key: scribble(key) for key in range(3)})
    blue = bpy.data.materials.new("Blue")
    bpy.data.materials.create_gpencil_data(blue)
    blue.grease_pencil.color = (0.0, 0.1, 0.9, 1.0)
    source.data.materials.append(blue)
    for frame in source.data.layers[0].frames:
        frame.drawing.strokes[1].material_index = 1
    assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64) == {"FINISHED"}
    return bpy.context.object


def other(settings: bpy.types.PropertyGroup, name: str) -> object:
    """A value that is not the one the doodle has."""
    kind = declared()[name]
    if name in CHOSEN:
        return CHOSEN[name]
    now = getattr(settings, name)
    if kind.type == "BOOLEAN":
        return not now
    if kind.type == "ENUM":
        return next(item.identifier for item in reversed(kind.enum_items) if item.identifier != now)
    step = 0.6 if kind.subtype == "ANGLE" else 0.5
    return now + step if now + step <= kind.hard_max else now - step


def value_of(ob: bpy.types.Object, name: str) -> object:
    """What Blender evaluates the setting to, now."""
    found = getattr(ob.evaluated_get(bpy.context.evaluated_depsgraph_get()).doodle_bridge, name)
    return found if isinstance(found, (str, bool, int, float)) else tuple(found)


def at(frame: int, ob: bpy.types.Object) -> np.ndarray:
    bpy.context.scene.frame_set(frame)
    return picture_of(ob).copy()


def test_what_does_not_animate_is_meant_so() -> None:
    """Where files go and where drawings come from is no motion; texts and pointers cannot be."""
    assert [one.identifier for one in declared() if one.is_animatable] == ANIMATABLE
    fixed = [one.identifier for one in declared() if not one.is_animatable and not one.is_hidden]
    assert fixed == [
        *("name", "keys", "favouring", "size", "fitted"),
        *("source", "exclude_breakdowns", "follow", "columns", "rows", "polarity"),
        *("bake_folder", "bake_format", "bake_range", "bake_first", "bake_last", "bake_depth"),
    ]
    assert not [one.identifier for one in properties.DoodleKey.bl_rna.properties if one.is_animatable]


def test_every_property_can_be_overridden() -> None:
    for kind in (properties.DoodleSettings, properties.DoodleKey):
        names = [one.identifier for one in kind.bl_rna.properties if not one.is_overridable]
        assert names == ["rna_type", "name"]
    assert bpy.types.Object.bl_rna.properties["doodle_bridge"].is_overridable


@pytest.mark.parametrize("name", ANIMATABLE)
def test_it_animates_and_is_seen(name: str, doodle: bpy.types.Object) -> None:
    settings = doodle.doodle_bridge
    first, second = value_of(doodle, name), other(settings, name)
    if name == "loop":
        settings.position = 2.2  # there is no way there but that of a loop
    before = at(FRAME, doodle)
    for frame, value in ((5, first), (FRAME, second)):
        setattr(settings, name, value)
        assert doodle.keyframe_insert(f"doodle_bridge.{name}", frame=frame)
    early, late = at(5, doodle), at(FRAME, doodle)
    assert value_of(doodle, name) == pytest.approx(second)
    assert bool(np.abs(late - before).max() > 0.02), "a setting that changes no picture is none"

    live.refresh_all()
    assert np.array_equal(picture_of(doodle), late), "drawn anew, it is the same"
    doodle.animation_data_clear()
    setattr(settings, name, second)
    bpy.context.view_layer.update()
    assert np.array_equal(picture_of(doodle), late), "set by hand, it is the same"
    setattr(settings, name, first)
    assert np.array_equal(at(5, doodle), early)


@pytest.mark.parametrize("name", ANIMATABLE)
def test_it_drives(name: str, doodle: bpy.types.Object) -> None:
    settings = doodle.doodle_bridge
    value = other(settings, name)
    setattr(settings, name, value)
    wanted, value_as_set = at(FRAME, doodle), value_of(doodle, name)
    settings.property_unset(name)
    bpy.context.view_layer.update()
    kind = declared()[name]
    if kind.type == "ENUM":
        numbers = [kind.enum_items[value].value]
    else:
        numbers = list(value) if isinstance(value, tuple) else [float(value)]
    for index, number in enumerate(numbers):
        where = index if isinstance(value, tuple) else -1
        doodle.driver_add(f"doodle_bridge.{name}", where).driver.expression = f"{number} if frame == {FRAME} else 0"
    at(1, doodle)
    found, driven = at(FRAME, doodle), value_of(doodle, name)
    assert driven == pytest.approx(value)
    if driven != value_as_set:  # from Blender 5 on a driver makes 0.49999994 of 0.5: a level of 8 bits may lie between
        doodle.driver_remove(f"doodle_bridge.{name}")
        setattr(settings, name, driven)
        wanted = at(FRAME, doodle)
    np.testing.assert_allclose(found, wanted, atol=1e-4)
