"""People: a stick figure that waves and jumps, a walk, a face."""

from __future__ import annotations

import numpy as np

from doodle_core.drawing import Drawing
from training.scenes.lines import Line, at, chain, corners, curve, ellipse, placed, pose, rounded
from training.scenes.pen import Pen
from training.scenes.scene import Scene

__all__ = ["SCENES"]

# Hip x, y; lean of the trunk; headings of upper arm and forearm, right and left; thigh and shin, right and left.
_JUMPER = [
    (32, 40.5, 0, 24, 10, -24, -10, 12, -5, -12, 5),  # standing
    (33, 40.5, 3, 104, 68, -30, -16, 13, -5, -11, 4),  # a wave, in
    (32, 40.5, -2, 98, 8, -28, -26, 11, -5, -13, 5),  # and out
    (32, 46.0, 0, 62, -22, -62, 22, 58, -74, -58, 74),  # ready
    (32, 35.0, 0, 138, 12, -138, -12, 38, -6, -38, 6),  # off the ground
]


def jumper(t: float) -> Drawing:
    x, y, lean, *bones = pose(_JUMPER, t)
    pen = Pen(1, t, 1.3)
    neck = chain((x, y), (180 - lean,), (14,))[-1]
    head = neck + 6.0 * np.array([np.sin(np.radians(lean)), -np.cos(np.radians(lean))])
    pen.draw(corners([neck, (x, y)], 10))
    pen.draw(ellipse(head, 6.2, 6.2, lean))
    shoulder = neck + 0.22 * (np.array([x, y]) - neck)
    pen.draw_all([rounded(chain(shoulder, bones[i : i + 2], (8.5, 8.5))) for i in (0, 2)])
    pen.draw_all([rounded(chain((x, y), bones[i : i + 2], (8.5, 8.5))) for i in (4, 6)])
    pen.draw(placed(curve([(-2.6, 1.4), (0, 2.9), (2.6, 1.4)]), head, lean), 0.85)
    pen.dot(placed([(-2.2, -1.4)], head, lean), 0.85)
    pen.dot(placed([(2.2, -1.4)], head, lean), 0.85)
    pen.draw(corners([(10, 59.5), (54, 59.5)], 16))
    return pen.drawing()


# Height of the hip over the ground; near thigh and shin, near upper arm and forearm; the same of the far side.
_STRIDE = (18.2, 30, -4, -34, 12, -24, -14, 30, 30)
_PASSING = (20.0, 2, -3, -8, 18, 26, -62, 8, 24)
_HALF = [_STRIDE, _PASSING, (_STRIDE[0], *_STRIDE[5:], *_STRIDE[1:5]), (_PASSING[0], *_PASSING[5:], *_PASSING[1:5])]
_WALK = [*_HALF, _HALF[0]]


def walker(t: float) -> Drawing:
    height, *bones = pose(_WALK, t)
    pen = Pen(2, t, 1.3)
    hip = np.array([30.0, 57.5 - height])
    trunk = chain(hip, (172, -2), (7, 7.5))
    pen.draw(curve(trunk))
    head = trunk[-1] + (1.0, -6.0)
    pen.draw(ellipse(head, 6.0, 6.2))
    pen.draw(placed(curve([(5.6, -1.2), (8.3, 1.0), (5.4, 1.8)], 5), head), 0.9)  # nose
    pen.dot(head + (2.4, -1.0), 0.9)
    pen.draw(placed(curve([(-7.5, -4.6), (0, -5.2), (7.8, -4.2)], 6), head), 1.1)  # hat
    pen.draw(placed(curve([(-4.6, -4.9), (-3.6, -9.2), (2.6, -9.4), (4.4, -4.8)], 6), head))
    shoulder = trunk[-1] + 0.25 * (trunk[1] - trunk[-1])
    for side in (0, 4):
        thigh, shin, upper, fore = bones[side : side + 4]
        leg = chain(hip, (thigh, shin, 82), (10.5, 10, 3.6))
        pen.draw(rounded(leg, 0.28))
        pen.draw(rounded(chain(shoulder, (upper, fore), (7, 7))), 0.95)
    pen.draw(corners([(6, 60.2), (58, 60.2)], 18))
    return pen.drawing()


# Opening of the left and right eye; gaze x, y; raise and tilt of the left and right brow; mouth's half width, height of
# its corners, of its upper and lower lip.
_FACE = [
    (3.6, 3.6, 0, 0, 0, 0, 0, 0, 7, 0, 0.6, 0.8),  # nothing to say
    (3.2, 3.2, 1, 0.4, 1.5, -6, 1.5, 6, 10.5, -3.0, 0.8, 5.6),  # glad
    (5.2, 5.2, 0, -1.2, 4, -10, 4, 10, 4, 1.4, -3.2, 6.2),  # oh!
    (2.6, 2.6, 0, 0.6, -2.0, 24, -2.0, -24, 8.5, 3.6, -0.6, 0.2),  # cross
    (3.8, 0.5, -1, 0, 2.5, -6, -1.6, -14, 9.5, -2.6, 1.8, 2.6),  # a wink
]


def face(t: float) -> Drawing:
    p = pose(_FACE, t)
    pen = Pen(3, t, 1.3)
    pen.draw(curve([(32, 7), (49, 12), (57, 30), (50, 50), (32, 59), (14, 50), (7, 30), (15, 12)], 8, closed=True))
    pen.draw(curve([(25, 8), (22, 14), (28, 15), (29, 9.5)], 6), 0.9)  # a curl
    pen.draw(curve([(33, 7.5), (32, 14), (38, 14.5), (37, 9.5)], 6), 0.9)
    for side, x in enumerate((22.0, 42.0)):
        opening = p[side]
        pen.draw(ellipse((x, 28), 4.6, opening))
        pen.dot((x + p[2], 28 + p[3] * opening / 4), min(1.7, 0.3 + 0.45 * opening))
        lift, tilt = p[4 + 2 * side], p[5 + 2 * side]
        pen.draw(placed(curve([(-5, 0.8), (0, -0.8), (5, 0.8)]), (x, 19.5 - lift), tilt), 1.15)
    pen.draw(curve([(32, 30), (29.6, 36.5), (33, 37.2)], 6), 0.9)
    pen.draw(_mouth(*p[8:]))
    return pen.drawing()


def _mouth(half: float, ends: float, upper: float, lower: float) -> Line:
    """One line round both lips; shut, they lie on each other."""
    left, right = (-half, ends), (half, ends)
    lip = at(curve([left, (-half * 0.45, upper), (half * 0.45, upper), right]), np.linspace(0, 1, 21))
    chin = at(curve([right, (half * 0.5, lower), (-half * 0.5, lower), left]), np.linspace(0, 1, 21))
    return placed(np.concatenate((lip, chin[1:])), (32, 46))


SCENES = (Scene("jumper", jumper, 5), Scene("walker", walker, 5), Scene("face", face, 5))
