"""What a network would make of inputs of given shapes, found without running it: shapes, memory and multiply-adds.

A file of a few hundred bytes may ask for terabytes, by Expand or by a product of a column and a row, and may do so for
inputs of one size alone. So the shapes of all numbers in between are worked out, by the rules of "ONNX Operators"
(onnx.ai), for the very inputs that are about to be given. Shapes that depend on what numbers are, not only on how many
they are, do not occur in this program's networks and are refused, as is every operator that is not listed here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.engines.graph import BOOL, FEW, FLOAT, HALF, INT64, SIZES, Graph, Node

__all__ = ["LIVE", "WORK", "dry_run"]

LIVE = 512 << 20
"""Bytes that a call may need at once. The bundled networks need up to 100 MB, with 64 drawings."""
WORK = 1 << 40
"""Multiply-adds of a call: on a slow machine half a minute. The bundled networks need up to 0.01 of it."""

Shape: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of an array: its numbers' kind, its shape, and its numbers where they may be a shape."""

    kind: int
    shape: Shape
    values: NDArray | None = None


def dry_run(graph: Graph, given: Mapping[str, Shape]) -> dict[str, Fact]:
    """All that a network makes of float32 inputs of these shapes, by name.

    Raises ValueError, in a few words, where the inputs are not those, an operator is not one of this program's networks
    or does not fit, an output is not float32, or it needs more than LIVE bytes or WORK.
    """
    if set(given) != set(graph.inputs):
        raise ValueError(f"its inputs are {', '.join(graph.inputs)}; {', '.join(given)} were expected")
    facts = {name: Fact(one.kind, one.shape, one.values) for name, one in graph.constants.items()}
    facts |= {name: Fact(FLOAT, tuple(shape)) for name, shape in given.items()}
    last = {name: at for at, node in enumerate(graph.nodes) for name in node.inputs}
    last |= dict.fromkeys(graph.outputs, len(graph.nodes))
    live, work = sum(map(_bytes, facts.values())), 0
    for at, node in enumerate(graph.nodes):
        rule = _RULES.get(node.op)
        if rule is None:
            raise ValueError(f"the operator {node.op!r}, which this program's networks have not")
        if not set(node.attributes) <= rule.attributes:
            raise ValueError(f"{node.op} with what this program's networks have not")
        try:
            made = rule.of(node, [facts[name] if name else None for name in node.inputs])
        except (IndexError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"{node.op} that does not fit its inputs") from error
        if len(node.outputs) != len(made):
            raise ValueError(f"{node.op} with {len(node.outputs)} outputs")
        for name, fact in zip(node.outputs, made, strict=True):
            facts[name] = fact
            live += _bytes(fact)
        spent, extra = rule.cost(node, [facts[name] for name in node.inputs if name], made[0])
        work += spent
        if live + extra > LIVE or work > WORK:
            much = f"{(live + extra) >> 20} MB" if live + extra > LIVE else f"{work:.0e} multiply-adds"
            raise ValueError(f"it asks for more than a network needs ({much})")
        for name in {*node.inputs, *node.outputs} - {""}:
            if last.get(name, -1) <= at:
                live -= _bytes(facts[name])
    if any(facts[name].kind != FLOAT for name in graph.outputs):
        raise ValueError("its outputs are not float32")
    return facts


def _bytes(fact: Fact) -> int:
    return math.prod(fact.shape) * SIZES[fact.kind]


# Rules: facts of the inputs (None: left out) -> facts of the outputs.

Given: TypeAlias = Sequence[Fact | None]


def _same(node: Node, given: Given) -> list[Fact]:
    (one,) = given
    assert one is not None
    return [Fact(one.kind, one.shape)]


def _clip(_node: Node, given: Given) -> list[Fact]:
    one, *bounds = given
    assert one is not None
    if len(bounds) > 2 or any(bound is not None and bound.shape for bound in bounds):
        raise ValueError("Clip that does not fit its inputs")
    return [Fact(one.kind, one.shape)]


def _layer_norm(node: Node, given: Given) -> list[Fact]:
    one, *learned = given
    assert one is not None
    for part in learned:
        if part is None or _broadcast(part.shape, one.shape) != one.shape:
            raise ValueError("LayerNormalization that does not fit its inputs")
    # Training's other outputs, which gradients are computed from: the mean and the inverse deviation.
    axis = _axis(node.attributes.get("axis", -1), len(one.shape))
    few = Fact(FLOAT, one.shape[:axis] + (1,) * (len(one.shape) - axis))
    return [Fact(one.kind, one.shape), few, few][: len(node.outputs)]


def _cast(node: Node, given: Given) -> list[Fact]:
    (one,) = given
    assert one is not None
    kind = node.attributes.get("to", 0)
    if not isinstance(kind, int) or kind not in SIZES:
        raise ValueError("Cast to a kind of numbers that networks have not")
    return [Fact(kind, one.shape, one.values if kind == one.kind else None)]


def _broadcast(*shapes: Shape) -> Shape:
    length = max(map(len, shapes))
    answer = []
    for sides in zip(*((1,) * (length - len(shape)) + shape for shape in shapes), strict=True):
        wide = {side for side in sides if side != 1}
        if len(wide) > 1:
            raise ValueError(f"shapes that do not fit ({', '.join(map(str, shapes))})")
        answer.append(wide.pop() if wide else 1)
    return _bounded(answer)


def _bounded(shape: Sequence[int]) -> Shape:
    """A shape of Python's own numbers, of a few sides from 0."""
    answer = tuple(int(side) for side in shape)
    if len(answer) > 8 or any(side < 0 for side in answer):
        raise ValueError(f"a shape that no array has ({answer})")
    return answer


def _pairwise(node: Node, given: Given) -> list[Fact]:
    facts = [fact for fact in given if fact is not None]
    if not facts or len({fact.kind for fact in facts}) != 1 or len(facts) != len(given):
        raise ValueError(f"{node.op} that does not fit its inputs")
    kind, shape = facts[0].kind, _broadcast(*(fact.shape for fact in facts))
    if node.op == "Div" and kind != FLOAT:
        # A whole number divided by zero ends the process.
        divisor = facts[1].values
        if divisor is None or (divisor <= 0).any():
            raise ValueError("a division of whole numbers by what may be zero")
    values = None
    known = [fact.values for fact in facts]
    if kind == INT64 and node.op in _WHOLE and math.prod(shape) <= FEW and all(v is not None for v in known):
        with np.errstate(over="ignore"):
            values = np.asarray(_WHOLE[node.op](*known), np.int64)
    return [Fact(kind, shape, values)]


_WHOLE: dict[str, Callable[..., NDArray]] = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply}


def _compared(node: Node, given: Given) -> list[Fact]:
    first, second = given
    assert first is not None and second is not None
    if first.kind != second.kind:
        raise ValueError(f"{node.op} that does not fit its inputs")
    return [Fact(BOOL, _broadcast(first.shape, second.shape))]


def _where(_node: Node, given: Given) -> list[Fact]:
    choice, first, second = given
    assert choice is not None and first is not None and second is not None
    if choice.kind != BOOL or first.kind != second.kind:
        raise ValueError("Where that does not fit its inputs")
    return [Fact(first.kind, _broadcast(choice.shape, first.shape, second.shape))]


def _whole(fact: Fact | None, what: str) -> list[int]:
    """Known whole numbers."""
    if fact is None or fact.kind != INT64 or fact.values is None:
        raise ValueError(f"{what} that depends on the drawing")
    return [int(value) for value in fact.values.ravel()]


def _reshape(node: Node, given: Given) -> list[Fact]:
    one, shape = given
    assert one is not None
    sides = _whole(shape, "a shape")
    if not node.attributes.get("allowzero", 0):
        sides = [one.shape[i] if side == 0 else side for i, side in enumerate(sides)]
    count = math.prod(one.shape)
    if sides.count(-1) > 1 or any(side < -1 for side in sides):
        raise ValueError("a shape that no array has")
    if -1 in sides:
        rest = math.prod(side for side in sides if side != -1)
        if rest <= 0 or count % rest:
            raise ValueError("Reshape to a shape that does not fit")
        sides[sides.index(-1)] = count // rest
    answer = _bounded(sides)
    if math.prod(answer) != count:
        raise ValueError("Reshape to a shape that does not fit")
    return [Fact(one.kind, answer, None if one.values is None else one.values.reshape(answer))]


def _axis(axis: object, rank: int) -> int:
    if not isinstance(axis, int) or not -rank <= axis < rank:
        raise ValueError("an axis that is not there")
    return axis % rank


def _unsqueeze(_node: Node, given: Given) -> list[Fact]:
    one, axes = given
    assert one is not None
    wanted = _whole(axes, "an axis")
    rank = len(one.shape) + len(wanted)
    places = {_axis(axis, rank) for axis in wanted}
    if len(places) != len(wanted):
        raise ValueError("an axis twice")
    sides = iter(one.shape)
    answer = _bounded([1 if i in places else next(sides) for i in range(rank)])
    return [Fact(one.kind, answer, None if one.values is None else one.values.reshape(answer))]


def _squeeze(_node: Node, given: Given) -> list[Fact]:
    one, axes = given[0], given[1] if len(given) > 1 else None
    assert one is not None
    rank = len(one.shape)
    if axes is None:
        places = {i for i, side in enumerate(one.shape) if side == 1}
    else:
        places = {_axis(axis, rank) for axis in _whole(axes, "an axis")}
    if any(one.shape[i] != 1 for i in places):
        raise ValueError("Squeeze of an axis that is not 1")
    answer = tuple(side for i, side in enumerate(one.shape) if i not in places)
    return [Fact(one.kind, answer, None if one.values is None else one.values.reshape(answer))]


def _transpose(node: Node, given: Given) -> list[Fact]:
    (one,) = given
    assert one is not None
    order = node.attributes.get("perm", tuple(range(len(one.shape)))[::-1])
    if not isinstance(order, tuple) or sorted(order) != list(range(len(one.shape))):
        raise ValueError("Transpose by what is no order of its axes")
    shape = tuple(one.shape[i] for i in order)
    return [Fact(one.kind, shape, None if one.values is None else one.values.transpose(order))]


def _concat(node: Node, given: Given) -> list[Fact]:
    facts = [fact for fact in given if fact is not None]
    if not facts or len(facts) != len(given) or len({(fact.kind, len(fact.shape)) for fact in facts}) != 1:
        raise ValueError("Concat that does not fit its inputs")
    axis = _axis(node.attributes.get("axis"), len(facts[0].shape))
    if len({fact.shape[:axis] + fact.shape[axis + 1 :] for fact in facts}) != 1:
        raise ValueError("Concat that does not fit its inputs")
    shape = list(facts[0].shape)
    shape[axis] = sum(fact.shape[axis] for fact in facts)
    known = [fact.values for fact in facts if fact.values is not None]
    values = np.concatenate(known, axis) if len(known) == len(facts) and math.prod(shape) <= FEW else None
    return [Fact(facts[0].kind, tuple(shape), values)]


def _slice(_node: Node, given: Given) -> list[Fact]:
    one, starts, ends, *rest = given
    assert one is not None
    first, last = _whole(starts, "a slice"), _whole(ends, "a slice")
    axes = _whole(rest[0], "a slice") if rest and rest[0] is not None else list(range(len(first)))
    steps = _whole(rest[1], "a slice") if len(rest) > 1 and rest[1] is not None else [1] * len(first)
    if len(rest) > 2 or not len(first) == len(last) == len(axes) == len(steps) or 0 in steps:
        raise ValueError("Slice that does not fit its inputs")
    parts = [slice(None)] * len(one.shape)
    for axis, start, end, step in zip(axes, first, last, steps, strict=True):
        place = _axis(axis, len(parts))
        if parts[place] != slice(None):
            raise ValueError("an axis twice")
        parts[place] = slice(start, end, step)
    shape = tuple(len(range(*part.indices(side))) for part, side in zip(parts, one.shape, strict=True))
    return [Fact(one.kind, shape, None if one.values is None else one.values[tuple(parts)])]


def _expand(_node: Node, given: Given) -> list[Fact]:
    one, shape = given
    assert one is not None
    return [Fact(one.kind, _broadcast(one.shape, _bounded(_whole(shape, "a shape"))))]


def _shape(node: Node, given: Given) -> list[Fact]:
    (one,) = given
    assert one is not None
    start, end = node.attributes.get("start", 0), node.attributes.get("end")
    if not isinstance(start, int) or not isinstance(end, int | None):
        raise ValueError("Shape with what this program's networks have not")
    sides = np.array(one.shape[start:end], np.int64)
    return [Fact(INT64, sides.shape, sides)]


def _gather(node: Node, given: Given) -> list[Fact]:
    one, indices = given
    assert one is not None and indices is not None
    if indices.kind != INT64:
        raise ValueError("Gather by what are no indices")
    axis = _axis(node.attributes.get("axis", 0), len(one.shape))
    shape = _bounded(one.shape[:axis] + indices.shape + one.shape[axis + 1 :])
    values = None
    if one.values is not None and indices.values is not None and math.prod(shape) <= FEW:
        values = np.take(one.values, indices.values, axis)
    return [Fact(one.kind, shape, values)]


def _reduced(node: Node, given: Given) -> list[Fact]:
    one, axes = given[0], given[1] if len(given) > 1 else None
    assert one is not None
    rank = len(one.shape)
    wanted = [] if axes is None else _whole(axes, "an axis")
    places = {_axis(axis, rank) for axis in wanted}
    if not wanted and not node.attributes.get("noop_with_empty_axes", 0):
        places = set(range(rank))
    if node.attributes.get("keepdims", 1):
        return [Fact(one.kind, tuple(1 if i in places else side for i, side in enumerate(one.shape)))]
    return [Fact(one.kind, tuple(side for i, side in enumerate(one.shape) if i not in places))]


def _product(_node: Node, given: Given) -> list[Fact]:
    first, second = given
    assert first is not None and second is not None
    if not first.shape or not second.shape or first.kind != second.kind or first.kind not in (FLOAT, HALF):
        raise ValueError("MatMul that does not fit its inputs")
    a = first.shape if len(first.shape) > 1 else (1, *first.shape)
    b = second.shape if len(second.shape) > 1 else (*second.shape, 1)
    if a[-1] != b[-2]:
        raise ValueError("MatMul that does not fit its inputs")
    shape = _broadcast(a[:-2], b[:-2]) if len(a) > 2 or len(b) > 2 else ()
    shape += (a[-2],) if len(first.shape) > 1 else ()
    shape += (b[-1],) if len(second.shape) > 1 else ()
    return [Fact(first.kind, shape)]


def _gemm(node: Node, given: Given) -> list[Fact]:
    first, second, *rest = given
    assert first is not None and second is not None
    (m, k), (k_too, n) = (
        fact.shape[::-1] if node.attributes.get(name, 0) else fact.shape
        for fact, name in ((first, "transA"), (second, "transB"))
    )
    added = rest[0] if rest else None
    fits = first.kind == second.kind == FLOAT and k == k_too and len(rest) < 2
    if not fits or (added is not None and _broadcast(added.shape, (m, n)) != (m, n)):
        raise ValueError("Gemm that does not fit its inputs")
    return [Fact(FLOAT, (m, n))]


def _conv(node: Node, given: Given) -> list[Fact]:
    one, kernel, *rest = given
    assert one is not None and kernel is not None
    count, channels, *sides = one.shape
    made, within, *window = kernel.shape
    group = node.attributes.get("group", 1)
    steps, pads, spread = (
        node.attributes.get(name, default)
        for name, default in (("strides", (1, 1)), ("pads", (0, 0, 0, 0)), ("dilations", (1, 1)))
    )
    fits = len(sides) == len(window) == 2 and node.attributes.get("auto_pad", "NOTSET") == "NOTSET"
    fits = fits and one.kind == kernel.kind == FLOAT
    fits = fits and isinstance(group, int) and group > 0 and within * group == channels and made % group == 0
    fits = fits and all(isinstance(part, tuple) for part in (steps, pads, spread)) and len(rest) < 2
    fits = fits and node.attributes.get("kernel_shape", tuple(window)) == tuple(window)
    if not fits or (rest and rest[0] is not None and rest[0].shape != (made,)):
        raise ValueError("Conv that does not fit its inputs")
    assert isinstance(steps, tuple) and isinstance(pads, tuple) and isinstance(spread, tuple)
    if len(steps) != 2 or len(spread) != 2 or len(pads) != 4 or min(*steps, *spread) < 1 or min(pads) < 0:
        raise ValueError("Conv that does not fit its inputs")
    out = [(sides[i] + pads[i] + pads[i + 2] - spread[i] * (window[i] - 1) - 1) // steps[i] + 1 for i in (0, 1)]
    return [Fact(FLOAT, _bounded([count, made, *out]))]


def _pool(node: Node, given: Given) -> list[Fact]:
    one = given[0]
    assert one is not None
    count, channels, *sides = one.shape
    window, steps, pads = (
        node.attributes.get(name, default)
        for name, default in (("kernel_shape", ()), ("strides", (1, 1)), ("pads", (0, 0, 0, 0)))
    )
    fits = len(given) == 1 and one.kind == FLOAT and len(sides) == 2
    fits = fits and node.attributes.get("auto_pad", "NOTSET") == "NOTSET" and not node.attributes.get("ceil_mode", 0)
    if not fits or not (isinstance(window, tuple) and isinstance(steps, tuple) and isinstance(pads, tuple)):
        raise ValueError("a pool that does not fit its input")
    if (len(window), len(steps), len(pads)) != (2, 2, 4) or min(*window, *steps) < 1 or max(window) > 64:
        raise ValueError("a pool that does not fit its input")
    if min(pads) < 0 or max(pads) > max(window):
        raise ValueError("a pool that does not fit its input")
    out = [(sides[i] + pads[i] + pads[i + 2] - window[i]) // steps[i] + 1 for i in (0, 1)]
    return [Fact(FLOAT, _bounded([count, channels, *out]))]


def _depth_to_space(node: Node, given: Given) -> list[Fact]:
    one, block = given[0], node.attributes.get("blocksize", 0)
    assert one is not None
    if len(given) != 1 or len(one.shape) != 4 or not isinstance(block, int) or not 0 < block < 64:
        raise ValueError("DepthToSpace that does not fit its input")
    count, channels, height, width = one.shape
    if channels % (block * block):
        raise ValueError("DepthToSpace that does not fit its input")
    return [Fact(one.kind, _bounded([count, channels // (block * block), height * block, width * block]))]


def _resize(node: Node, given: Given) -> list[Fact]:
    one, region, scales, *rest = given
    known = node.attributes.get("mode") in ("nearest", "linear")
    if one is None or rest or not known or node.attributes.get("antialias", 0):
        raise ValueError("Resize in a way that this program's networks do not")
    if scales is None or scales.values is None or scales.shape != (len(one.shape),) or scales.kind != FLOAT:
        raise ValueError("Resize by what is not known")
    if (region is not None and region.shape != (0,)) or not ((scales.values > 0) & (scales.values < 1e4)).all():
        raise ValueError("Resize by what is not known")
    return [Fact(one.kind, tuple(math.floor(s * float(f)) for s, f in zip(one.shape, scales.values, strict=True)))]


# Costs: multiply-adds, and bytes beside inputs and outputs.

Cost: TypeAlias = Callable[[Node, Sequence[Fact], Fact], tuple[int, int]]


def _each(_node: Node, given: Sequence[Fact], made: Fact) -> tuple[int, int]:
    return max(math.prod(fact.shape) for fact in (*given, made)), 0


def _each_sum(node: Node, given: Sequence[Fact], made: Fact) -> tuple[int, int]:
    first = given[0].shape
    inner = first[0] if node.op == "Gemm" and node.attributes.get("transA", 0) else first[-1]
    return math.prod(made.shape) * inner, 0


def _each_pool(node: Node, _given: Sequence[Fact], made: Fact) -> tuple[int, int]:
    window = node.attributes["kernel_shape"]
    assert isinstance(window, tuple)
    return math.prod(made.shape) * math.prod(window), 0


def _each_window(_node: Node, given: Sequence[Fact], made: Fact) -> tuple[int, int]:
    window = math.prod(given[1].shape[1:])
    return math.prod(made.shape) * window, 4 * window * math.prod(made.shape[2:])


@dataclass(frozen=True, slots=True)
class _Rule:
    of: Callable[[Node, Given], list[Fact]]
    attributes: frozenset[str] = frozenset()
    cost: Cost = _each


def _rule(of: Callable[[Node, Given], list[Fact]], attributes: str = "", cost: Cost = _each) -> _Rule:
    return _Rule(of, frozenset(attributes.split()), cost)


_ALIKE = (
    *("Abs", "Cos", "Erf", "Exp", "Identity", "Log", "Neg", "Reciprocal", "Relu"),
    *("Sigmoid", "Sign", "Sin", "Softplus", "Sqrt", "Tanh"),
)
_RULES: dict[str, _Rule] = {
    "AveragePool": _rule(_pool, "auto_pad ceil_mode count_include_pad kernel_shape pads strides", _each_pool),
    **dict.fromkeys(_ALIKE, _rule(_same)),
    **dict.fromkeys(("Add", "Div", "Max", "Min", "Mul", "Sub"), _rule(_pairwise)),
    **dict.fromkeys(("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"), _rule(_compared)),
    **dict.fromkeys(
        ("ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum"), _rule(_reduced, "keepdims noop_with_empty_axes")
    ),
    "Cast": _rule(_cast, "to"),
    "Clip": _rule(_clip),
    "Concat": _rule(_concat, "axis"),
    "Conv": _rule(_conv, "auto_pad dilations group kernel_shape pads strides", _each_window),
    "DepthToSpace": _rule(_depth_to_space, "blocksize mode"),
    "Expand": _rule(_expand),
    "Gather": _rule(_gather, "axis"),
    "Gelu": _rule(_same, "approximate"),
    "Gemm": _rule(_gemm, "alpha beta transA transB", _each_sum),
    "LayerNormalization": _rule(_layer_norm, "axis epsilon stash_type"),
    "MatMul": _rule(_product, "", _each_sum),
    "Reshape": _rule(_reshape, "allowzero"),
    "Resize": _rule(
        _resize,
        "antialias coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value "
        "keep_aspect_ratio_policy mode nearest_mode",
    ),
    "Shape": _rule(_shape, "start end"),
    "Slice": _rule(_slice),
    "Softmax": _rule(_same, "axis"),
    "Squeeze": _rule(_squeeze),
    "Transpose": _rule(_transpose, "perm"),
    "Unsqueeze": _rule(_unsqueeze),
    "Where": _rule(_where),
}
