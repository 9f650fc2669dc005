"""Attributes of Grease Pencil drawings, read in bulk. Most exist only once somebody wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["colours", "flags", "numbers", "places", "small", "values"]


def places(attributes: Any, name: str, count: int) -> NDArray[np.float64]:
    """An attribute of places, (count, 3), which exists."""
    import numpy as np

    flat = np.empty(3 * count, np.float32)
    if count:
        attributes[name].data.foreach_get("vector", flat)
    return flat.reshape(-1, 3).astype(np.float64)


def colours(attributes: Any, name: str, count: int) -> NDArray[np.float64]:
    """A colour attribute, (count, 4) linear, straight alpha; clear where nobody wrote it."""
    import numpy as np

    flat = np.zeros(4 * count, np.float32)
    if name in attributes and count:
        attributes[name].data.foreach_get("color", flat)
    return flat.reshape(-1, 4).astype(np.float64)


def values(attributes: Any, name: str, count: int, default: float) -> NDArray[np.float64]:
    """An attribute of single-precision numbers, (count,)."""
    import numpy as np

    if name not in attributes or not count:
        return np.full(count, default)
    found = np.empty(count, np.float32)
    attributes[name].data.foreach_get("value", found)
    return found.astype(np.float64)


def numbers(attributes: Any, name: str, count: int, default: int) -> NDArray[np.int32]:
    """An attribute of whole numbers, (count,)."""
    import numpy as np

    found = np.full(count, default, np.int8 if name == "curve_type" else np.int32)
    if name in attributes and count:
        attributes[name].data.foreach_get("value", found)
    return found.astype(np.int32)


def small(attributes: Any, name: str, count: int) -> NDArray[np.int8]:
    """An attribute of whole numbers of one byte, (count,), 0 by default."""
    import numpy as np

    found = np.zeros(count, np.int8)
    if name in attributes and count:
        attributes[name].data.foreach_get("value", found)
    return found


def flags(attributes: Any, name: str, count: int) -> NDArray[np.bool_]:
    """An attribute of flags, (count,), off by default."""
    import numpy as np

    found = np.zeros(count, bool)
    if name in attributes and count:
        attributes[name].data.foreach_get("value", found)
    return found
