"""The space that a doodle's keys are drawn in: that of their object, in the size in which it stands in the scene.

What the object does as a whole (parents, bones, constraints, keyed transforms) is no part of it: the doodle hangs on
its source and goes along. Its scale is, because lines do not get wider in one direction only: Blender widens them by
one number, while a picture would be stretched.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import bpy
from mathutils import Matrix

from . import offsets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..properties import DoodleSettings

__all__ = ["Space", "layer_matrix", "load", "of", "renewed", "rigid", "store", "widening"]

_STILL = 1e-6
"""Scales this near to 1 are 1."""

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Space:
    """How the layers of a drawing lie in the space of its doodle.

    Parameters
    ----------
    stretch : 16 floats
        From the object's own space, row after row. A symmetric matrix: scale and shear without turn and place.
    layers : of each layer, from the back, its name and 16 floats
        From the layer's own space into the object's, as the layer stood when the keys were read.
    shown : bool
        Whether keys are what is seen, with modifiers and all that layers do, or what is stored. Live strokes have the
        modifiers and layers themselves.
    """

    stretch: Numbers
    layers: tuple[tuple[str, Numbers], ...]
    shown: bool

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(4, 4): from the object's own space."""
        return _square(self.stretch)

    @property
    def widening(self) -> float:
        """By how much Blender widens lines that are in the object's own space."""
        return widening(self.matrix)

    @property
    def names(self) -> list[str]:
        """Of the layers, from the back: shapes have their numbers."""
        return [name for name, _ in self.layers]

    def in_object(self, name: str) -> NDArray[np.float64]:
        """(4, 4): from a layer's own space into the object's, as it was when the keys were read."""
        return _square(dict(self.layers)[name])

    def of_layer(self, ob: bpy.types.Object, layer: Any) -> NDArray[np.float64]:
        """(4, 4): from a layer's own space. Where keys are what is stored, as the layer stood when they were read."""
        kept = None if self.shown else dict(self.layers).get(layer.name)
        return self.matrix @ (_square(kept) if kept is not None else _in_object(ob, layer))


def of(ob: bpy.types.Object, shown: bool) -> Space:
    """The space of a Grease Pencil object as it stands now."""
    import numpy as np

    _, sizes, turned = np.linalg.svd(np.array(ob.matrix_world, np.float64)[:3, :3])
    stretch = np.eye(4)
    stretch[:3, :3] = turned.T @ np.diag(sizes) @ turned
    if np.abs(stretch - np.eye(4)).max() <= _STILL:
        stretch = np.eye(4)
    layers = tuple((layer.name, _flat(_in_object(ob, layer))) for layer in ob.data.layers)
    return Space(_flat(stretch), layers, shown)


def renewed(ob: bpy.types.Object, settings: DoodleSettings) -> Space | None:
    """The space of a doodle's keys with the layers that its source has now; those that it had stay where they were."""
    old = load(settings)
    if old is None:
        return None
    known = dict(old.layers)
    layers = tuple((name, known.get(name, numbers)) for name, numbers in of(ob, old.shown).layers)
    return Space(old.stretch, layers, old.shown)


def rigid(ob: bpy.types.Object, space: Space) -> NDArray[np.float64]:
    """(4, 4): from the space of an object's keys to the world, turned and moved only."""
    import numpy as np

    answer: NDArray[np.float64] = np.array(ob.matrix_world, np.float64) @ np.linalg.pinv(space.matrix)
    return answer


def store(settings: DoodleSettings, space: Space) -> None:
    text = json.dumps({"stretch": space.stretch, "layers": space.layers}, ensure_ascii=False)
    if settings.space != text:
        settings.space = text
    offsets.fit(settings, space.names)


def load(settings: DoodleSettings) -> Space | None:
    """The space that `store` kept; None for keys that are in the world, as those of pictures are."""
    return _kept(settings.space, settings.output == "plane") if settings.space else None


@lru_cache(maxsize=64)  # asked for at every frame
def _kept(text: str, shown: bool) -> Space | None:
    try:
        kept = json.loads(text)
        layers = tuple((str(name), _checked(numbers)) for name, numbers in kept["layers"])
        return Space(_checked(kept["stretch"]), layers, shown)
    except (ValueError, KeyError, TypeError):
        return None


def widening(matrix: Any) -> float:
    """By how much Blender widens lines with their object, of this world matrix: the length of the scaled diagonal. It
    does not widen them with their layer."""
    import numpy as np

    return float(np.linalg.norm(np.array(matrix, np.float64)[:3, :3] @ np.full(3, 1 / np.sqrt(3))))


def layer_matrix(ob: bpy.types.Object, layer: Any) -> Matrix:
    """From the layer's own space to the world. A layer with a parent of its own follows that instead of the object."""
    if layer.parent is None:
        return ob.matrix_world @ layer.matrix_local
    anchor = layer.parent.matrix_world
    if layer.parent_bone and layer.parent.pose is not None:
        bone = layer.parent.pose.bones.get(layer.parent_bone)
        if bone is not None:
            anchor = anchor @ bone.matrix
    return anchor @ layer.matrix_parent_inverse @ layer.matrix_local


def _in_object(ob: bpy.types.Object, layer: Any) -> NDArray[np.float64]:
    """From a layer's own space into its object's. One that has a parent of its own follows that instead."""
    import numpy as np

    if layer.parent is None:
        return np.array(layer.matrix_local, np.float64)
    away = Matrix(np.linalg.pinv(np.array(ob.matrix_world, np.float64)).tolist())
    return np.array(away @ layer_matrix(ob, layer), np.float64)


def _flat(matrix: NDArray[np.float64]) -> Numbers:
    return tuple(float(number) for number in matrix.ravel())


def _square(numbers: Numbers) -> NDArray[np.float64]:
    import numpy as np

    return np.array(numbers, np.float64).reshape(4, 4)


def _checked(numbers: Any) -> Numbers:
    if len(numbers) != 16:
        raise ValueError(numbers)
    return tuple(map(float, numbers))
