"""How a drawing looks on paper and to a camera: graphite, brush, ink, paper, light, lens, JPEG.

Coverage and colours of a drawing go in, a picture comes out. What is true of the drawing stays true of the picture.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from doodle_core.reading.paper import paper_of

__all__ = ["MEDIA", "Medium", "apply", "choose", "enlarged"]

Floats: TypeAlias = NDArray[np.float32]

_BARED = 0.5  # of the pictures on paper are shown without it
_BANK = 1024  # pixels along the sides of the noises that are kept


@dataclass(frozen=True)
class Medium:
    """What a picture is drawn with and how it was taken.

    Parameters
    ----------
    name : str
        "clean", "pencil", "ink", "scan", "photo", "board" or "dark" (chalk, of which the negative is shown).
    inks : list of (3,) float64
        Linear colours that the drawing is made with.
    paper : (3,) float64
        Linear.
    faint : float
        How far the opacities of lines fall below 1.
    """

    name: str
    inks: list[NDArray[np.float64]]
    paper: NDArray[np.float64]
    faint: float


MEDIA: dict[str, float] = {
    "clean": 0.22,
    "pencil": 0.24,
    "ink": 0.1,
    "scan": 0.14,
    "photo": 0.2,
    "board": 0.05,
    "dark": 0.05,
}
"""How often each kind is drawn."""


def choose(rng: Generator, name: str | None = None) -> Medium:
    """A medium, of a kind or of any."""
    name = name or str(rng.choice(list(MEDIA), p=list(MEDIA.values())))
    paper = np.ones(3) * rng.uniform(0.75, 1)
    if rng.random() < 0.4:
        paper = np.clip(paper - rng.uniform(0, 0.3) * rng.random(3), 0, 1)
    level = rng.choice([0.0, rng.uniform(0, 0.06), rng.uniform(0, 0.7)], p=[0.5, 0.3, 0.2])
    inks = [np.ones(3) * level]
    faint = 0.0
    if name == "clean":
        paper = np.ones(3) if rng.random() < 0.7 else paper
        faint = rng.choice([0.0, 0.8], p=[0.8, 0.2])
    if name == "pencil":
        inks = [np.ones(3) * rng.uniform(0.01, 0.35) * (1 + 0.1 * rng.normal(size=3)).clip(0.7, 1.3)]
        faint = rng.uniform(0, 0.65)
    if name == "dark":
        paper, inks = np.ones(3) * rng.uniform(0, 0.06) + 0.1 * rng.random() * rng.random(3), [np.ones(3)]
    if name == "board":
        paper = np.ones(3) * rng.uniform(0.8, 1)
    if name in ("ink", "scan", "photo") and rng.random() < 0.15:
        faint = rng.uniform(0, 0.6)
    if rng.random() < (0.9 if name == "board" else 0.25):
        inks = [_strong(rng, paper) for _ in range(rng.integers(1, 4))]
    return Medium(name, inks, paper, faint)


def _strong(rng: Generator, paper: NDArray[np.float64]) -> NDArray[np.float64]:
    """A colour that stands out from the paper."""
    for _ in range(30):
        colour = rng.random(3) ** rng.uniform(1, 3)
        if np.abs(colour ** (1 / 2.2) - paper ** (1 / 2.2)).max() > 0.35:
            return colour
    return np.ones(3) * (paper.mean() < 0.2)


def apply(rng: Generator, medium: Medium, drawn: Floats) -> tuple[NDArray[np.uint8], float]:
    """The picture of a drawing.

    Parameters
    ----------
    rng : Generator
    medium : Medium
    drawn : (n, n, 4) float32
        The drawing as `render` paints it.

    Returns
    -------
    (n, n, 3) uint8
        sRGB.
    float
        How much of its contrast the ink has kept.
    """
    alpha, kept = drawn[..., 3], 1.0
    paper = np.power(medium.paper, 1 / 2.2).astype(np.float32)
    inked = alpha > 0
    colour = np.zeros_like(drawn[..., :3])
    colour[inked] = np.power(drawn[..., :3][inked], np.float32(1 / 2.2))
    n = len(alpha)
    name = medium.name
    if name == "clean":
        return _as_shown(rng, _clean(rng, paper, colour, alpha), medium), kept
    if name == "pencil" or (name in ("photo", "scan") and rng.random() < 0.45):
        alpha, kept = _graphite(rng, alpha)
    elif name == "ink" or (name in ("photo", "scan", "board") and rng.random() < 0.5):
        alpha = _brush(rng, alpha) if rng.random() < 0.5 or name == "board" else _bleeding(rng, alpha)
    ground = np.broadcast_to(paper, (n, n, 3))
    if name != "dark" or rng.random() < 0.3:
        ground = ground * _tooth(rng, n)[..., None]
    if rng.random() < {"photo": 0.3, "scan": 0.25, "pencil": 0.08}.get(name, 0.0):
        ground = _ruled(rng, ground)
    picture = ground + (colour - ground) * alpha[..., None]
    light = 0.8 if name in ("photo", "board") else 0.35
    if rng.random() < light:
        picture = picture * _light(rng, n, name in ("photo", "board"))
    return _as_shown(rng, _taken(rng, picture, name), medium), kept


def _as_shown(rng: Generator, picture: NDArray[np.uint8], medium: Medium) -> NDArray[np.uint8]:
    """As `doodle_core.reading.reader` shows it to the network: light ink as its negative, grey ink as grey, most papers
    taken away."""
    if medium.name == "dark":
        picture = np.uint8(255) - picture
    if medium.name != "clean" and rng.random() < _BARED:
        values = picture / 255
        paper = paper_of(values)
        if paper is not None:
            picture = _bytes(paper.removed(values, 0).astype(np.float32))
    if max(float(np.ptp(ink)) for ink in medium.inks) < 0.1 and rng.random() < 0.7:
        luma = picture @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        picture = np.repeat(luma[..., None] + np.float32(0.5), 3, axis=2).astype(np.uint8)
    return picture


def enlarged(rng: Generator, picture: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A picture with `size` pixels a side, as the reader enlarges small ones, or programs before it."""
    image = Image.fromarray(picture)
    cubic = rng.random() < 0.75
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC if cubic else Image.Resampling.BILINEAR))


def _clean(rng: Generator, paper: Floats, colour: Floats, alpha: Floats) -> NDArray[np.uint8]:
    """As programs export: exact, at most a little blurred, scaled or packed as JPEG."""
    picture = paper + (colour - paper) * alpha[..., None]
    if rng.random() < 0.25:  # without soft edges
        picture = paper + (colour - paper) * (alpha[..., None] > rng.uniform(0.25, 0.5))
    if rng.random() < 0.25:
        picture = _blurred(picture, rng.uniform(0.2, 0.9))
    elif rng.random() < 0.2:
        picture = _rescaled(rng, picture)
    bytes_of = _bytes(picture)
    return _jpeg(bytes_of, int(rng.integers(40, 96))) if rng.random() < 0.3 else bytes_of


@cache
def _noise(octave: int) -> Floats:
    """Noise that repeats, of standard deviation 1 and a grain of 2**octave pixels."""
    rng = np.random.default_rng(octave)
    small = rng.normal(size=(_BANK >> octave, _BANK >> octave)).astype(np.float32)
    if octave:
        tiled = np.tile(small, (3, 3))
        side = len(small)
        wide = Image.fromarray(tiled).resize((3 * _BANK, 3 * _BANK), Image.Resampling.BICUBIC)
        del side
        small = np.asarray(wide)[_BANK : 2 * _BANK, _BANK : 2 * _BANK]
    small = small - small.mean()
    return np.ascontiguousarray(small / small.std())


def _grain(rng: Generator, n: int, octave: int) -> Floats:
    """A random piece of `_noise`, turned at random."""
    bank = _noise(octave)
    x, y = rng.integers(0, _BANK - n + 1, 2) if n <= _BANK else (0, 0)
    piece = bank[y : y + n, x : x + n]
    if piece.shape != (n, n):
        piece = np.tile(bank, (n // _BANK + 1, n // _BANK + 1))[:n, :n]
    piece = piece.T if rng.random() < 0.5 else piece
    return piece[:: rng.choice([1, -1]), :: rng.choice([1, -1])]


def _graphite(rng: Generator, alpha: Floats) -> tuple[Floats, float]:
    """Ink that stays on the tooth of the paper, and is pressed more here than there."""
    n = len(alpha)
    rough = rng.uniform(0.1, 0.75)
    tooth = _grain(rng, n, 0) * rng.uniform(0.3, 1) + _grain(rng, n, 1) * rng.uniform(0, 0.9)
    pressed = 1 + rng.uniform(0, 0.35) * _grain(rng, n, int(rng.integers(4, 7)))
    dense = float(rng.uniform(0.5, 1))
    soft = _blurred(alpha, rng.uniform(0.2, 0.8)) if rng.random() < 0.7 else alpha
    made = soft * np.clip(dense * pressed * (1 + rough * tooth), 0, 1)
    if rng.random() < 0.2:  # smudged
        made = np.maximum(made, rng.uniform(0.05, 0.2) * _blurred(alpha, rng.uniform(3, 8)))
    return np.clip(made, 0, 1), dense


def _brush(rng: Generator, alpha: Floats) -> Floats:
    """A brush or marker that runs dry: streaks and holes."""
    n = len(alpha)
    dry = rng.uniform(0, 0.6)
    pattern = _grain(rng, n, 1) + 0.8 * _grain(rng, n, int(rng.integers(3, 6)))
    holes = np.clip((pattern + rng.uniform(0.6, 2.2)) * 2, 0, 1)
    return alpha * (1 - dry + dry * holes)


def _bleeding(rng: Generator, alpha: Floats) -> Floats:
    """Ink that creeps into the paper: uneven edges."""
    n = len(alpha)
    soft = _blurred(alpha, rng.uniform(0.5, 1.1))
    level = 0.42 + rng.uniform(0, 0.12) * _grain(rng, n, int(rng.integers(1, 4)))
    # Thin lines never reach half: they keep their own height.
    spread = np.clip((soft - level) * rng.uniform(1.5, 4) + 0.5, 0, 1)
    return np.maximum(spread * (soft > 0.02), np.minimum(alpha, soft * 1.3))


def _tooth(rng: Generator, n: int) -> Floats:
    """Unevenness of paper, round 1."""
    fine, coarse = rng.uniform(0, 0.02), rng.uniform(0, 0.025)
    return 1 + fine * _grain(rng, n, int(rng.integers(0, 2))) + coarse * _grain(rng, n, int(rng.integers(2, 7)))


def _ruled(rng: Generator, ground: Floats) -> Floats:
    """Thin regular lines of a notebook, or squares."""
    n = len(ground)
    gap, turn = rng.uniform(14, 60), rng.normal() * 0.03
    tint = 1 - rng.uniform(0.1, 0.5) * np.array([rng.uniform(0.4, 1), rng.uniform(0.3, 0.8), rng.uniform(0, 0.6)])
    y, x = np.mgrid[:n, :n].astype(np.float32)
    half = rng.uniform(0.35, 0.9)
    ruled = np.zeros((n, n), np.float32)
    for a in (0.0, np.pi / 2) if rng.random() < 0.45 else (float(rng.choice([0.0, np.pi / 2])),):
        along = y * np.cos(a + turn) + x * np.sin(a + turn) + rng.uniform(0, gap)
        away = np.abs((along + gap / 2) % gap - gap / 2)
        ruled = np.maximum(ruled, np.clip(half + 0.5 - away, 0, 1))
    return ground * (1 + (tint.astype(np.float32) - 1) * ruled[..., None])


def _light(rng: Generator, n: int, strong: bool) -> Floats:
    """Light that falls unevenly: a gradient, a lens that darkens corners, the shadow of a hand or a fold."""
    y, x = np.mgrid[:n, :n].astype(np.float32) / n - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(0, 0.3 if strong else 0.14)
    light = 1 - slope * (0.5 + x * np.cos(angle) + y * np.sin(angle))
    if strong and rng.random() < 0.4:
        light -= rng.uniform(0, 0.4) * ((x - rng.normal() * 0.3) ** 2 + (y - rng.normal() * 0.3) ** 2)
    if strong and rng.random() < 0.35:
        angle, edge = rng.uniform(0, 2 * np.pi), rng.uniform(-0.4, 0.4)
        away = x * np.cos(angle) + y * np.sin(angle) + 0.03 * _grain(rng, n, 6) - edge
        wide = np.exp(rng.uniform(np.log(0.02), np.log(0.4)))
        light = light * (1 - rng.uniform(0.1, 0.45) / (1 + np.exp(np.clip(-away / wide * 4, -30, 30))))
    tone = 1 + rng.normal(size=3).astype(np.float32) * (0.04 if strong else 0.01)
    return np.clip(light, 0.2, 1.1)[..., None] * tone


def _taken(rng: Generator, picture: Floats, name: str) -> NDArray[np.uint8]:
    """What the lens, the sensor and the file make of it."""
    n = len(picture)
    photo = name in ("photo", "board")
    if rng.random() < (0.8 if photo else 0.4):
        picture = _blurred(picture, rng.uniform(0.3, 1.25 if photo else 0.8))
    if rng.random() < 0.15:
        picture = _rescaled(rng, picture)
    noisy = rng.uniform(0, 0.035 if photo else 0.012)
    if noisy > 0.003:
        octave = int(rng.random() < 0.3)
        grey = _grain(rng, n, octave)[..., None]
        tinted = np.stack([_grain(rng, n, octave) for _ in range(3)], axis=-1) if photo else 0.0
        picture = picture + noisy * (0.8 * grey + 0.4 * tinted)
    if photo and rng.random() < 0.4:  # sharpened, as telephones do
        picture = picture + rng.uniform(0.3, 1.2) * (picture - _blurred(picture, 1.2))
    if name == "scan" and rng.random() < 0.4:  # levels drawn apart
        low, high = rng.uniform(-0.05, 0.15), rng.uniform(0.85, 1)
        picture = (picture - low) / (high - low)
    bytes_of = _bytes(picture)
    if rng.random() < (0.8 if photo else 0.45):
        bytes_of = _jpeg(bytes_of, int(rng.integers(40, 96)))
    return bytes_of


def _bytes(picture: Floats) -> NDArray[np.uint8]:
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _jpeg(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def _blurred(picture: Floats, deviation: float) -> Floats:
    """By a Gaussian, along rows and columns."""
    wide: Floats = gaussian_filter(picture, (deviation, deviation, 0)[: picture.ndim], truncate=2.5)
    return wide


def _rescaled(rng: Generator, picture: Floats) -> Floats:
    """Made smaller and larger again, as pictures are on their way through programs."""
    n = len(picture)
    small = int(n * rng.uniform(0.5, 0.95))
    image = Image.fromarray(_bytes(picture))
    ways = [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS]
    image = image.resize((small, small), ways[int(rng.integers(3))])
    image = image.resize((n, n), ways[int(rng.integers(3))])
    return np.asarray(image, np.float32) / 255
