"""What hangs and blows: a patterned flag, and long hair."""

from __future__ import annotations

import numpy as np

from training.scenes.dense.colours import BLUE, BROWN, DARK, GREEN, RED, SKIN, WHITE, YELLOW
from training.scenes.dense.shapes import Floats, Sheet, bow, disc, moved, polygon

__all__ = ["cloth", "hair"]


def cloth(t: float) -> Sheet:
    """A flag in the wind: stripes, rings, dots, seams, folds and a fringe, bent by one wave."""
    sheet = Sheet()

    def on(points: object) -> Floats:
        p = np.asarray(points, float)
        u = (p[:, 0] - 8) / 48
        wave = 1.1 * u * np.sin(7 * u - 2.2 * t) * 3.2
        fold = 2.5 * u * np.cos(7 * u - 2.2 * t)
        return np.stack([p[:, 0] - 2.0 * u * u * t + fold * 0.5, p[:, 1] + wave - 2.5 * t * u], axis=1)

    sheet.filled(polygon((5.6, 4), (7.4, 4), (7.4, 62), (5.6, 62), each=6), BROWN)
    sheet.filled(disc((6.5, 3), 1.6, count=14), YELLOW, 0.4)
    sheet.layer = 1
    for k in range(7):
        low, high = 9 + 5 * k, 14 + 5 * k
        sheet.area(on(polygon((8, low), (56, low), (56, high), (8, high), each=14)), (RED, (0.9, 0.85, 0.7))[k % 2])
    sheet.area(on(polygon((8, 9), (28, 9), (28, 29), (8, 29), each=10)), GREEN)
    sheet.line(on(polygon((8, 9), (56, 9), (56, 44), (8, 44), each=14)), 0.8, True)
    sheet.layer = 2
    for k in range(3):
        centre = np.array([13 + 6.5 * k, 24])
        sheet.area(
            on(disc(centre, 2.6, count=22)), YELLOW, on(disc(centre, 1.7, count=18)), on(disc(centre, 0.5, count=8))
        )
    for row in range(3):
        for column in range(5):
            sheet.area(on(disc((10.5 + 3.7 * column, 11.5 + 3.4 * row), 0.8, count=10)), WHITE)
    for row in range(3):
        for column in range(8):
            x, y = 31 + 3.1 * column, 16.5 + 10 * row
            sheet.filled(on(moved(polygon((0, -1.2), (1, 0), (0, 1.2), (-1, 0), each=2), (x, y))), RED, 0.3)
    for k in range(24):
        root = np.array([10 + 1.95 * k, 44.0])
        sheet.line(on(bow(root, root + (-0.6 - t + 0.4 * np.sin(k), 4.0 + (k * 7) % 3), 0.1, 6)), 0.5, colour=YELLOW)
    for k in range(9):
        x = 11 + 5 * k
        sheet.line(on(bow((x, 10.5), (x + 1.5 * np.sin(k), 20 + (k * 5) % 9), 0.05, 10)), 0.35)
    for k in range(5):
        sheet.line([(6.5, 10 + 7.5 * k), (8.2, 10 + 7.5 * k)], 0.6)
    return sheet


def hair(t: float) -> Sheet:
    """A head with long hair in strands: it falls over the shoulder and swings; a band holds it."""
    sheet = Sheet()
    sheet.filled(moved([(-9, 26), (-3, 18), (3, 18), (10, 26), (13, 36), (-13, 36)], (30, 30)), RED)
    sheet.layer = 1
    tilt = -6 + 14 * t
    head = lambda p: moved(p, (30 + 2 * t, 27), tilt)  # noqa: E731
    sheet.filled(head(disc((0, 0), 10, 12.5, 0, 40)), SKIN, 0.8)
    for x in (-4, 4):
        sheet.filled(head(disc((x, -1), 2.0, 1.2, 0, 14)), WHITE, 0.4)
        sheet.area(head(disc((x + 0.6 - 1.2 * t, -1), 0.9, count=12)), DARK)
        sheet.line(head(bow((x - 2.4, -3.6), (x + 2.4, -3.8 - t), -0.2, 9)), 0.8, colour=BROWN)
    sheet.line(head([(0, 0), (1.2, 3), (-0.4, 3.6)]), 0.5)
    sheet.filled(head(disc((0, 7), 2.8, 0.8 + 0.8 * t, 0, 16)), RED, 0.4)
    sheet.layer = 2
    random = np.random.default_rng(3)
    for k in range(64):
        part = (k + 0.5) / 64
        angle = np.radians(168 + 204 * part)
        root = np.array([np.cos(angle) * 9.6, np.sin(angle) * 12.2])
        side = -1 if part < 0.5 else 1
        long = 20 + 10 * random.random() - 8 * abs(part - 0.5)
        lean = 5 * side + 3 * random.normal() + (13 if side > 0 else 6) * t
        middle = root + (side * 4.5 + 2 * t, 0.42 * long)
        end = root + (lean, long)
        u = np.linspace(0, 1, 11)[:, None]
        strand = (1 - u) ** 2 * root + 2 * u * (1 - u) * middle + u**2 * end
        strand = strand + np.stack([0.8 * np.sin(9 * u[:, 0] + k + 1.5 * t) * u[:, 0], 0 * u[:, 0]], axis=1)
        sheet.line(
            head(strand), 0.35 + 0.5 * random.random(), colour=(BROWN, (0.4, 0.2, 0.08), (0.12, 0.05, 0.02))[k % 3]
        )
    band = head(bow((-9.4, -5), (9.4, -5), 0.2, 14))
    sheet.filled(np.concatenate([band, (band + head([(0, 1.6)]) - head([(0, 0)]))[::-1]]), BLUE, 0.4)
    for k in range(7):
        sheet.area(disc(band[1 + 2 * k if k < 6 else 12] + (0.1, 0.9), 0.45, count=8), YELLOW)
    return sheet
