"""Linear pixels as files hold them: level for level what sRGB says, wherever the colour differs from the paper's."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.outputs.levels import to_levels


def told(rgba: np.ndarray, depth: int) -> np.ndarray:
    """IEC 61966-2-1, in float64, before rounding."""
    linear = np.clip(rgba.astype(np.float64), 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    encoded[..., 3] = linear[..., 3]
    return encoded * (2**depth - 1)


def pictures() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    noise = rng.uniform(-0.1, 1.1, (60, 60, 4)).astype(np.float32)
    dark = (noise / 64).astype(np.float32)
    plain = noise.copy()
    plain[..., :3] = (0.8, 0.3, 0.001)
    lines = plain.copy()
    lines[20:30, :, :3] = noise[20:30, :, :3]
    lines[5, 5, 2] += 0.5  # one channel of one pixel
    corner = plain.copy()
    corner[0, 0, :3] = (0.0, 1.0, 0.5)  # the corner is the odd one out
    return {"noise": noise, "dark": dark, "plain": plain, "lines": lines, "corner": corner}


@pytest.mark.parametrize("name", pictures())
@pytest.mark.parametrize("depth", [8, 16])
def test_levels_are_those_of_srgb(name: str, depth: int) -> None:
    rgba = pictures()[name]
    levels = to_levels(rgba, depth)
    assert levels.dtype == (np.uint8 if depth == 8 else np.uint16) and levels.shape == rgba.shape
    off = np.abs(levels - told(rgba, depth))
    # Rounded to the nearest; float32 may see a tie the other way.
    assert off.max() <= (0.5001 if depth == 8 else 0.53)
    if name != "noise" and name != "dark":
        assert (levels[40:, :, :3] == levels[40, 0, :3]).all()


def test_a_colour_has_one_level_whether_it_is_the_paper_s_or_a_line_s() -> None:
    values = np.random.default_rng(4).uniform(0, 1, (400, 3)).astype(np.float32)
    lines = np.zeros((20, 20, 4), np.float32)
    lines[..., :3] = values.reshape(20, 20, 3)
    drawn = to_levels(lines, 16).reshape(400, 4)
    for value, level in zip(values, drawn, strict=True):
        plain = np.zeros((2, 2, 4), np.float32)
        plain[..., :3] = value
        assert (to_levels(plain, 16)[..., :3] == level[:3]).all()
