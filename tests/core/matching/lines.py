"""Any lines, for tests of matching."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from doodle_core.geometry.contour import Contour

# Few places, so that lines touch, return and coincide.
places = st.integers(-3, 3).map(float) | st.floats(-32, 32, width=32)


@st.composite
def any_lines(draw: st.DrawFn) -> tuple[Contour, ...]:
    """Lines without two vertices in one place in a row; no open line ends where it begins."""
    found = []
    for _ in range(draw(st.integers(0, 6))):
        points = draw(
            hnp.arrays(np.float64, st.tuples(st.integers(1, 9), st.just(3)), elements=places).map(
                lambda rows: np.column_stack([rows[:, :2], np.abs(rows[:, 2]) / 8 + 0.125])
            )
        ).astype(np.float32)
        points = points[np.concatenate([[True], (np.diff(points[:, :2], axis=0) != 0).any(axis=1)])].astype(np.float64)
        while len(points) > 1 and (points[0, :2] == points[-1, :2]).all():
            points = points[:-1]
        found.append(Contour(points, len(points) > 2 and draw(st.booleans())))
    return tuple(found)
