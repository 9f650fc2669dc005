"""A new doodle's picture has as many pixels as the render shows of it."""

from __future__ import annotations

import math

import bpy
import pytest

from blender_addon.view import placement, sizing

SQUARE = placement.upright((0.0, 0.0, 0.0), 2.0)


def camera(*place: float, turn: float = 0.0, ortho: float = 0.0, lens: float = 50.0) -> bpy.types.Object:
    """A camera that looks along y, turned by degrees round z."""
    data = bpy.data.cameras.new("Camera")
    ob = bpy.data.objects.new("Camera", data)
    bpy.context.scene.collection.objects.link(ob)
    ob.location, ob.rotation_euler = place, (math.pi / 2, 0, math.radians(turn))
    data.lens = lens
    if ortho:
        data.type, data.ortho_scale = "ORTHO", ortho
    bpy.context.scene.camera = ob
    bpy.context.view_layer.update()
    return ob


def pixels() -> int:
    return sizing.pixels(bpy.context, SQUARE)


def test_without_a_camera_it_is_1080() -> None:
    assert pixels() == 1080


@pytest.mark.parametrize(
    ("ortho", "percentage", "wanted"),
    [(8.0, 100, 480), (2.0, 100, 1920), (2.0, 50, 960), (0.5, 100, 4096), (2000.0, 100, 64), (3.0, 100, 1280)],
)
def test_its_share_of_the_frame(ortho: float, percentage: int, wanted: int) -> None:
    """The frame is 1920 pixels wide and `ortho` metres, the square 2 metres."""
    bpy.context.scene.render.resolution_percentage = percentage
    camera(0, -10, 0, ortho=ortho)
    assert pixels() == wanted


def test_it_is_rounded_up_to_a_multiple_of_eight() -> None:
    camera(0, -10, 0, ortho=7.0)  # 548.6
    assert pixels() == 552


def test_in_perspective_the_nearest_part_in_the_frame_counts() -> None:
    camera(0, -10, 0)
    straight = 1920 * 50 / 36 * 2 / 10
    assert pixels() == math.ceil(straight / 8) * 8
    turned = placement.Placement(
        type(SQUARE.plane)((0.0, 0.0, 0.0), (math.cos(1.0), math.sin(1.0), 0.0), (0.0, 0.0, 1.0)), SQUARE.canvas
    )
    near = straight * 10 / (10 - math.sin(1.0))  # its near edge is upright, and so much nearer
    assert sizing.pixels(bpy.context, turned) >= near
    assert sizing.pixels(bpy.context, turned) < 1.2 * near


def test_what_lies_behind_the_camera_or_beside_the_frame_does_not_count() -> None:
    camera(0, -0.01, 0, lens=50)  # all but touching: what is seen of it is large
    assert pixels() == 4096
    camera(0, -10, 0, turn=180)
    assert pixels() == 1080
    camera(50, -10, 0)
    assert pixels() == 1080


def test_a_scaled_camera_sees_as_any_other() -> None:
    ob = camera(0, -10, 0, ortho=8.0)
    ob.scale = (3, 3, 3)
    bpy.context.view_layer.update()
    assert pixels() == 480
