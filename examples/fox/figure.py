"""How the fox stands: the numbers of a pose, and where body, head and joints are then."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from examples.fox.sheet import Points, turned

__all__ = ["Figure", "Joints", "Pose"]

Joints = tuple[Points, Points, Points, float]
"""Of an arm: shoulder, elbow, wrist; the direction of the hand (0: up; to the left)."""

HIP, BACK, NECK_TO_HEAD = 27.0, 20.5, 15.6  # heights above the ground, along the back, from the neck
UPPER_ARM, FOREARM = 13.5, 13.0
SKULL = np.array([25.0, 18.5, 16.0])  # half the head's width, height and depth as it is drawn
HEAD = 0.88  # how large it is on the body


@dataclass(frozen=True)
class Pose:
    """The numbers of a pose. Angles in radians, lengths in the sheet's units; 0 is upright, facing us, at ease.

    Parameters
    ----------
    turn, nod, tilt : float
        The head: to the right, up, leaning to the left.
    lean, sway, drop : float
        The body: leaning to the left, hips to the right, knees bent so far.
    arm, elbow, wrist, spread : float
        The arm that waves (on the left): away from the body, bent, the hand turned on, its fingers apart (0 to 1).
    other_arm, other_elbow : float
        The arm on the right.
    tail, curl, tip : float
        The tail: raised at its root, rolled up along its length, and its tip more than that.
    ears, hair, scarf, bag : float
        Ears laid back (0 to 1), and what swings: to the right.
    blink, brows, mouth, look, up : float
        Lids closed (0 to 1), brows raised, mouth open (0 to 1), pupils to the right and up (-1 to 1).
    """

    turn: float = 0.0
    nod: float = 0.0
    tilt: float = 0.0
    lean: float = 0.0
    sway: float = 0.0
    drop: float = 0.0
    arm: float = 0.45
    elbow: float = 0.45
    wrist: float = 0.0
    spread: float = 0.4
    other_arm: float = 0.3
    other_elbow: float = 0.1
    tail: float = 0.0
    curl: float = 1.0
    tip: float = 0.0
    ears: float = 0.0
    hair: float = 0.0
    scarf: float = 0.0
    bag: float = 0.0
    blink: float = 0.0
    brows: float = 0.0
    mouth: float = 0.2
    look: float = 0.0
    up: float = 0.0


@dataclass(frozen=True)
class Figure:
    """Where everything is in a pose."""

    pose: Pose

    @cached_property
    def hip(self) -> Points:
        return np.array([self.pose.sway, HIP - self.pose.drop])

    @cached_property
    def neck(self) -> Points:
        return self.hip + turned([0.0, BACK - 0.25 * self.pose.drop], self.pose.lean)

    @cached_property
    def head(self) -> Points:
        """The middle of the head."""
        return self.neck + turned([0.0, NECK_TO_HEAD - 0.1 * self.pose.drop], self.pose.lean + 0.5 * self.pose.tilt)

    def torso(self, across: ArrayLike, up: ArrayLike) -> Points:
        """A place on the jumper: `across` from -1 (left) to 1, `up` from 0 (hem) to 1 (neck); broadcast: (..., 2)."""
        across, up = np.broadcast_arrays(np.asarray(across, float), np.asarray(up, float))
        pose, height = self.pose, BACK - 0.25 * self.pose.drop
        at = [-0.14, 0.0, 0.3, 0.6, 0.85, 1.0]
        half = np.interp(up, at, [13.2, 13.7, 13.2, 11.2, 9.0, 6.4]) * (1 + 0.012 * pose.drop)
        seen = across + 0.10 * pose.turn * (1 - across**2)  # the front follows the head a little
        bow = -1.3 * (1 - across**2)  # the belly is round: what goes round it sags
        angle = pose.lean * np.clip(up, 0, 1)
        middle = np.stack([-np.sin(angle), np.cos(angle)], axis=-1) * (height * up)[..., None]
        side = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        down = np.stack([np.zeros_like(bow), bow], axis=-1)
        return self.hip + middle + side * (half * seen)[..., None] + down

    def face(self, places: ArrayLike, depth: ArrayLike | None = None) -> Points:
        """Places on the head (N, 2), from its middle as seen from in front, as they are seen in this pose: (N, 2).

        `depth` (N,) is how far they lie in front of the head's middle; None: on its surface.
        """
        flat = np.asarray(places, float)
        z = self.surface(flat) if depth is None else np.asarray(depth, float)
        x, y = flat[:, 0], flat[:, 1]
        pose = self.pose
        x, z = x * np.cos(pose.turn) + z * np.sin(pose.turn), z * np.cos(pose.turn) - x * np.sin(pose.turn)
        y = y * np.cos(pose.nod) + z * np.sin(pose.nod)
        return self.head + HEAD * turned(np.stack([x, y], axis=1), pose.tilt)

    def surface(self, flat: Points) -> Points:
        """How far the face lies in front of the head's middle at (N, 2): (N,). The muzzle stands out."""
        x, y = flat[:, 0], flat[:, 1]
        round_ = np.clip(1 - (x / (SKULL[0] + 4)) ** 2 - (y / (SKULL[1] + 4)) ** 2, 0.02, 1)
        return SKULL[2] * np.sqrt(round_) + 5.5 * np.exp(-((x / 7.0) ** 2) - ((y + 6.5) / 5.5) ** 2)

    def outline(self, places: ArrayLike, depth: float | ArrayLike = 0.0) -> Points:
        """Places on the rim of the head as seen from in front (N, 2): it is round, so it hardly narrows as it turns."""
        flat = np.asarray(places, float)
        pose = self.pose
        shift = np.broadcast_to(np.asarray(depth, float), flat.shape[:1])
        x = flat[:, 0] * (1 - 0.25 * (1 - np.cos(pose.turn))) + shift * np.sin(pose.turn)
        y = flat[:, 1] + shift * np.sin(pose.nod)
        return self.head + HEAD * turned(np.stack([x, y], axis=1), pose.tilt)

    @cached_property
    def waving(self) -> Joints:
        """The arm on the left."""
        pose = self.pose
        return self._arm(self.torso(-0.76, 0.85), pose.arm, pose.elbow, pose.wrist, -1)

    @cached_property
    def resting(self) -> Joints:
        """The arm on the right."""
        return self._arm(self.torso(0.76, 0.85), self.pose.other_arm, self.pose.other_elbow, 0.0, 1)

    def _arm(self, shoulder: Points, arm: float, elbow: float, wrist: float, side: int) -> Joints:
        lean = self.pose.lean
        away = np.pi - arm + side * -lean  # from straight up
        first = turned([0.0, UPPER_ARM], -side * away)
        second = turned([0.0, FOREARM], -side * (away - elbow))
        middle = shoulder + first
        return shoulder, middle, middle + second, -side * (away - elbow - wrist)
