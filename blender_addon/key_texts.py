"""Drawings, latents and what becomes what, as texts in the .blend."""

from __future__ import annotations

import base64
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

    from doodle_core.drawing import Drawing, Shown

__all__ = [
    "HasLatent",
    "decode_drawing",
    "decode_latent",
    "encode_latent",
    "latent_of",
    "match_text",
    "name_of",
    "stored_match",
]

DRAWN = "drawing:"
"""What the text of a latent that is a drawing begins with."""


class HasLatent(Protocol):
    """A key as it is stored."""

    @property
    def latent(self) -> str: ...

    @property
    def digest(self) -> str: ...


def encode_latent(latent: Drawing | np.ndarray, digest: str = "") -> str:
    """A latent as text: '' for the drawing that `digest` names, `DRAWN` and base64 of another drawing, else base64 of
    (D,) numbers, little-endian float32."""
    import numpy as np

    from doodle_core import drawing

    if isinstance(latent, drawing.Drawing):
        same = drawing.digest(latent) == digest
        return "" if same else DRAWN + base64.b64encode(drawing.to_bytes(latent)).decode("ascii")
    return base64.b64encode(np.ascontiguousarray(latent, dtype="<f4").tobytes()).decode("ascii")


def decode_latent(text: str) -> Drawing | np.ndarray:
    """The drawing, or (D,) float32, that `encode_latent` wrote; not for ''. Raises DoodleError for a damaged text."""
    import numpy as np

    from doodle_core.drawing import Drawing
    from doodle_core.errors import DoodleError

    if text.startswith(DRAWN):
        drawing = decode_drawing(text.removeprefix(DRAWN))
        if not isinstance(drawing, Drawing):
            raise DoodleError("a stored latent is damaged; run Update Keys")
        return drawing
    data = _unpacked(text)
    if not data or len(data) % 4:
        raise DoodleError("a stored latent is damaged; run Update Keys")
    return np.frombuffer(data, dtype="<f4").astype(np.float32)


def latent_of(latent: str, shown: Shown | None) -> Drawing | np.ndarray:
    """The latent that a key's text says, `shown` being its drawing. Raises DoodleError for a damaged key."""
    from doodle_core.drawing import Drawing
    from doodle_core.errors import DoodleError

    if latent:
        return decode_latent(latent)
    if not isinstance(shown, Drawing):
        raise DoodleError("a stored key is damaged; run Update Keys")
    return shown


def name_of(key: HasLatent) -> str:
    """What tells a key's latent from others."""
    return key.latent or key.digest


def match_text(match: bytes, first: str, second: str, model_id: str) -> str:
    """What becomes what from one latent to another (their names, see `name_of`) as text, with a name of what it was
    decided for."""
    return f"{_name(first, second, model_id)} {base64.b64encode(match).decode('ascii')}"


def stored_match(text: str, first: str, second: str, model_id: str) -> bytes | None:
    """What `match_text` wrote, on some line; None where it is damaged, or of other latents or another model."""
    wanted = _name(first, second, model_id)
    for line in text.splitlines():
        name, _, data = line.partition(" ")
        if name == wanted and data:
            try:
                return base64.b64decode(data, validate=True)
            except ValueError:
                return None
    return None


def _name(first: str, second: str, model_id: str) -> str:
    return blake2b(" ".join((first, second, model_id)).encode(), digest_size=8).hexdigest()


def decode_drawing(text: str) -> Shown:
    """The drawing or picture whose bytes `text` holds in base64. Raises DoodleError for a damaged text."""
    from doodle_core.drawing import from_bytes

    return from_bytes(_unpacked(text))


def _unpacked(text: str) -> bytes:
    from doodle_core.errors import DoodleError

    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise DoodleError("a stored key is damaged; run Update Keys") from error
