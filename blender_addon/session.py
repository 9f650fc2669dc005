"""The one road from Blender to the model: encode drawings, render frames.

A `FrameRequest` says everything that a frame's pixels depend on and holds nothing of Blender, so a live view, a render
thread and a bake that ask for the same request get the same pixels. `keys.frame_request` makes one from an evaluated
object; `render` answers it.

Nothing here is keyed by names or datablocks: what is remembered is keyed by content, so loading another file or undoing
can never leave it stale. Every call may come from any thread (Blender renders outside the main one): one lock guards
the model and the caches.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from . import key_hints, layer_keys
from .certainty import Certainty, certainties
from .key_texts import (
    decode_drawing,
    decode_latent,
    encode_latent,
    latent_of,
    match_text,
    name_of,
    stored_match,
)

if TYPE_CHECKING:
    import numpy as np

    from doodle_core.dividing import Division
    from doodle_core.drawing import Drawing, Shown
    from doodle_core.files.scenes import Scene
    from doodle_core.film import Film, KeyCache, Pose
    from doodle_core.layering import Segment
    from doodle_core.matching.correspondence import Span
    from doodle_core.model import DoodleModel
    from doodle_core.reading.settings import Reading
    from doodle_core.track import LatentKey
    from doodle_core.window import Window

__all__ = [
    "FrameRequest",
    "KeyData",
    "Session",
    "Settings",
    "decode_drawing",
    "decode_latent",
    "encode_latent",
    "get",
    "latent_of",
    "leave_gpu",
    "match_text",
    "name_of",
    "render",
    "reset",
    "set_up_by",
    "stored_match",
]

FILMS_KEPT = 24
"""How many films (sets of latent keys) stay ready: twenty live doodles and a few to spare."""
PASSING_KEPT = 8
"""How many fields, and colours, of keys stay while keys are passed: both keys', and some of the next."""


@dataclass(frozen=True)
class KeyData:
    """One latent key as it is stored in the .blend.

    `latent` is what `encode_latent` made, '' where it is the drawing; `drawing` is base64 of
    `doodle_core.drawing.to_bytes` ('' = none) and `digest` names its content, so two keys compare by digest and the
    long text is never hashed; `time` is in frames.
    `match` says what becomes what on the way to the next key ('' = not decided yet), see `match_text`; `layers` which
    layers have a keyframe of their own here, see `layer_keys`; `hints` what the artist has said of the shapes, see
    `key_hints`.
    """

    time: float
    latent: str
    digest: str
    drawing: str = field(default="", compare=False, repr=False)
    match: str = field(default="", compare=False, repr=False)
    layers: str = ""
    hints: str = ""


@dataclass(frozen=True)
class FrameRequest:
    """Everything that the pixels of one frame depend on. Hashable, comparable, free of Blender.

    `position` is in key units (0 at the first key), `sigma` in units of the model's latent spread, `boil`,
    `line_weight` and `softness` in model pixels (1/64 of the canvas side), `colour` straight RGBA in 0..1 (scene
    linear), `opacity` 0..1, `size` in pixels a side of the square; the transform is `doodle_core.transform.Transform`.
    `window` is the part of the square that the picture shows, as `doodle_core.window.Window` has it. `opacities`: how
    opaque layers are that are not opaque, by number; `lags`: where layers are that come later or before, by
    number, in key units; `stencils`: holdouts and masks, as in `sources.stencils`.

    `wobble` numbers the held wobble that the frame shows (see `keys.wobble_at`), None where nothing is held: it is what
    `boil` shakes with, and sigma too with `stepped`. `closed_time`, in frames, is when the first key returns; None for
    a way with an end. `drawn_ink`: lines have the colours of their strokes, `colour` gives none but its alpha.
    """

    keys: tuple[KeyData, ...]
    position: float
    method: str = "linear"
    sigma: float = 0.0
    seed: int = 0
    boil: float = 0.0
    wobble: int | None = None
    stepped: bool = False
    closed_time: float | None = None
    pin: float = 1.0
    line_weight: float = 0.0
    softness: float = 0.0
    colour: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    opacity: float = 1.0
    drawn_ink: bool = False
    transform_weight: float = 0.0
    transform_x: float = 0.0
    transform_y: float = 0.0
    transform_scale: float = 0.0
    transform_rotation: float = 0.0
    size: int = 512
    window: tuple[float, ...] = (0.0, 0.0, 1.0, 1.0)
    opacities: tuple[tuple[int, float], ...] = ()
    stencils: tuple[Any, Any] = ((), ())
    lags: tuple[tuple[int, float], ...] = ()
    model_id: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the picture."""
        from doodle_core.window import Window

        crop = Window(*self.window).crop(self.size)
        return crop.height, crop.width


@dataclass(frozen=True)
class Settings:
    """Which model, and what runs it, as in `doodle_core.engines.open_engine`. `folder`: None is the bundled one.

    `gpu_in_renders`: whether the model may use a GPU while Blender renders. `keep_off_gpu`: a reason never to.
    """

    folder: Path | None = None
    engine: str = "auto"
    device: str = "auto"
    threads: int | None = None
    gpu_in_renders: bool = False
    keep_off_gpu: str = ""


class Session:
    """A lazily loaded model and a small cache of films; see the module's docstring for the rules it keeps."""

    def __init__(self, settings: Settings = Settings()) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self._model: DoodleModel | None = None
        self._for_render = False  # whether the engine was opened without a GPU, because a render has it
        self._films: OrderedDict[tuple[KeyData, ...], Film] = OrderedDict()
        # Keys of films that are kept: a film with one new key among a hundred shares the other ninety-nine, and what
        # was drawn of them.
        self._keys: WeakValueDictionary[KeyData, LatentKey] = WeakValueDictionary()
        self._fields: KeyCache | None = None
        self._passing: KeyCache | None = None  # of whoever goes through the keys and does not come back

    @property
    def model(self) -> DoodleModel:
        """The model, loaded at the first call. Raises DoodleError with one line when weights or engine are missing
        or altered."""
        with self._lock:
            render = _render_runs and not self.settings.gpu_in_renders
            if self._model is None:
                self._model = self._opened(render)
            elif render != self._for_render and (self._for_render or self._model.choice.device != "cpu"):
                self._model.engine = self._opened(render).engine
            else:
                return self._model
            self._for_render = render
            return self._model

    def _opened(self, render: bool) -> DoodleModel:
        _ensure()
        from doodle_core.engines.engine import tell
        from doodle_core.model import DoodleModel

        settings = self.settings
        model = DoodleModel.load(
            settings.folder,
            settings.engine,
            settings.threads,
            settings.device,
            "the GPU is the render's" if render else settings.keep_off_gpu,
        )
        tell(f"{model.engine_name} runs '{model.card.name}': {model.engine_why}")
        return model

    @property
    def model_id(self) -> str:
        """The name of the model's weights, by content: a doodle remembers which model made its keys."""
        return self.model.card.id

    @property
    def loaded(self) -> DoodleModel | None:
        """The model if it is loaded. For panels: waits for nothing."""
        return self._model

    @property
    def transforms(self) -> bool | None:
        """Whether the model can transform drawings; None as long as it is not loaded. For panels: waits for nothing."""
        model = self._model
        return None if model is None else model.DRAWS

    @property
    def encoded(self) -> int:
        """How many drawings this session has encoded: a file that reopens leaves it at 0."""
        return 0 if self._model is None else self._model.encoded

    def encode(self, drawings: Sequence[Shown], reading: Reading | None = None) -> list[Drawing | np.ndarray]:
        """The latents of what keys show, in one batch: drawings, or (D,) float32 each of a dense model. `reading`: how
        pictures are read. Raises DoodleError as `model` does."""
        with self._lock:
            return list(self.model.encode(drawings, reading))

    def takes(self, latent: Drawing | np.ndarray) -> bool:
        """Whether the model can have made a latent: it is a drawing for one that draws, else of its size. Raises
        DoodleError as `model` does."""
        from doodle_core.drawing import Drawing

        model = self.model
        if isinstance(latent, Drawing):
            return model.DRAWS
        return not model.DRAWS and len(latent) == model.latent_size

    def render(
        self, request: FrameRequest, out: np.ndarray | None = None, passing: bool = False, deep: bool = False
    ) -> np.ndarray:
        """(rows, columns, 4) float32 straight-alpha RGBA in 0..1, of the request's `shape`, first row on top; written
        into `out` where one is given.

        passing: next comes the frame after it, and so on, as in a bake: what is drawn of keys is kept for as long as
        they are passed, and memory stays what it is however many there are. deep: for files of more than 8 bits a
        channel.

        Raises DoodleError: no keys, keys of another model, weights that cannot be loaded or run, a transform that is
        not zero with a model that cannot, or no memory for so many pixels.
        """
        _ensure()
        from doodle_core.errors import DoodleError
        from doodle_core.look import Look

        red, green, blue, alpha = request.colour
        colour = (red, green, blue, alpha * request.opacity)
        look = Look(line_weight=request.line_weight, softness=request.softness, colour=colour)
        with self._lock:
            film, position = self._posed(request)
            if passing:
                film = replace(film, cache=self._few())
            try:
                return film.frame_rgba(position, request.size, look, request.pin, request.drawn_ink, out, deep)
            except MemoryError as error:
                rows, columns = request.shape
                told = f"no memory for a picture of {columns} x {rows} pixels"
                raise DoodleError(f"{told}; make it smaller, or close other programs") from error

    def _few(self) -> KeyCache:
        from doodle_core.film import KeyCache

        if self._passing is None:
            self._passing = KeyCache(0, PASSING_KEPT)
        return self._passing

    def pose(self, request: FrameRequest) -> Pose:
        """The drawing that `render` paints. Line weight, colour, softness and size make no difference.

        Raises DoodleError as `render` does, and for a model that makes pictures.
        """
        _ensure()
        with self._lock:
            film, position = self._posed(request)
            return film.pose(position)

    def divided(self, request: FrameRequest, favouring: float = 0.0) -> tuple[int, float, list[Division]]:
        """Between which keys a request is (the number of the first, and how far from it to the next, 0 to 1), and what
        is there as keys of their own, see `doodle_core.dividing.divisions`; errors as `pose`'s."""
        _ensure()
        from doodle_core.dividing import divisions

        with self._lock:
            film, position = self._posed(request)
            index, share = film.segment_at(position)
            return index, share, divisions(film, position, favouring)

    def spans(self, keys: Sequence[KeyData], segment: Segment) -> list[Span] | None:
        """What became what in a segment of these keys, where that is known: from their texts, else as this session has
        decided it."""
        from doodle_core.drawing import Drawing
        from doodle_core.geometry.contour import contours_of
        from doodle_core.matching.storage import from_bytes

        first, second = (key.latent for key in segment.keys)
        if not isinstance(first, Drawing) or not isinstance(second, Drawing):
            return None
        with self._lock:
            match = stored_match(keys[segment.first].match, *_names(segment, keys), self.model_id)
            match = self.model.match(*segment.keys) if match is None else match
        return None if match is None else from_bytes(match, contours_of(first), contours_of(second))

    def compared(self, first: Drawing, second: Drawing) -> list[Span]:
        """What becomes what between any two drawings."""
        from doodle_core.geometry.contour import contours_of
        from doodle_core.matching.storage import from_bytes
        from doodle_core.track import LatentKey

        with self._lock:
            match = self.model.match(LatentKey(first, 0.0), LatentKey(second, 1.0), True)
        found = None if match is None else from_bytes(match, contours_of(first), contours_of(second))
        assert found is not None  # just decided for these very drawings
        return found

    def segments(self, keys: Sequence[KeyData]) -> list[Segment]:
        """What is matched between these keys, that back to the first one included."""
        from doodle_core.layering import segments

        with self._lock:
            return segments(self.model.track([self._key(key) for key in keys]))

    def needs(self, keys: Sequence[KeyData], closed: bool) -> list[tuple[float, Segment]]:
        """How much a drawing would help between keys, the most first, see `doodle_core.need`; errors as `pose`'s."""
        _ensure()
        from doodle_core.need import need

        with self._lock:
            every = [one for one in self.segments(keys) if closed or one.second > one.first]
            found = [(need(self.model, *one.keys), one) for one in every]
        return sorted(found, key=lambda one: -one[0])

    def told(self, keys: Sequence[KeyData], segment: Segment, spans: Sequence[Span]) -> str:
        """What becomes what in a segment of these keys, which somebody else has found out, as a line of
        `KeyData.match`."""
        from doodle_core.matching.storage import to_bytes

        return match_text(to_bytes(spans), *_names(segment, keys), self.model_id)

    def scenes(self, requests: Sequence[FrameRequest], held: bool) -> list[Scene]:
        """The frames as vector formats can show them, one after the other; held: none flows into the next.

        Raises DoodleError as `pose`.
        """
        _ensure()
        from doodle_core.files.scenes import Shot, scenes_of
        from doodle_core.look import Look

        with self._lock:
            shots = []
            for request in requests:
                red, green, blue, alpha = request.colour
                look = Look(line_weight=request.line_weight, colour=(red, green, blue, alpha * request.opacity))
                shots.append(Shot(*self._posed(request), look, request.drawn_ink))
            return list(scenes_of(shots, held))

    def key_at(self, request: FrameRequest) -> int | None:
        """The number of the key that a request shows, None between keys; errors as `render`'s."""
        _ensure()
        with self._lock:
            film, position = self._posed(request)
            return film.key_at(position)

    def _posed(self, request: FrameRequest) -> tuple[Film, float]:
        """The film as the request has it, and the position in it."""
        from doodle_core.boil import Boil
        from doodle_core.rendering import Stencils
        from doodle_core.transform import Transform
        from doodle_core.window import Window

        transform = Transform(
            request.transform_weight,
            request.transform_x,
            request.transform_y,
            request.transform_scale,
            request.transform_rotation,
        )
        film = self._film(request)
        # A single key is a loop to itself, so that between two whole positions it has room to shake.
        alone = len(film.track.keys) == 1
        closed_time = film.track.keys[0].time + 1.0 if alone else request.closed_time
        track = self.model.track(
            film.track.keys,
            method=request.method,
            sigma=request.sigma,
            seed=request.seed,
            closed_time=closed_time,
            wobble=request.wobble if request.stepped else None,
        )
        boil = Boil(request.boil, request.seed, request.wobble or 0)
        position = 0.0 if alone and request.sigma == 0.0 else request.position
        window, opacities = Window(*request.window), dict(request.opacities)
        lags = {} if alone else dict(request.lags)
        takes = Stencils(frozenset(request.stencils[0]), request.stencils[1])
        film = replace(film, track=track, transform=transform, boil=boil, window=window)
        shown = replace(film, opacities=opacities, stencils=takes)
        shown = replace(shown, lags=lags)
        return shown, position

    def reach(self, keys: tuple[KeyData, ...], between: bool = True) -> Window:
        """Where on the canvas keys, and their in-betweens if `between`, leave ink: `Film.reach`. Raises DoodleError as
        `render`."""
        _ensure()
        with self._lock:
            film = self._film(FrameRequest(keys, 0.0))
            return film.reach() if between else film.reach(())

    def _film(self, request: FrameRequest) -> Film:
        """The film of the request's keys. Its keys stay the same objects, which is how their fields are found again."""
        from doodle_core.errors import DoodleError
        from doodle_core.film import Film, KeyCache

        if not request.keys:
            raise DoodleError("the doodle has no keys; run Update Keys")
        if request.model_id and request.model_id != self.model_id:
            raise DoodleError(
                f"its keys were made by another model ({request.model_id[:8]}, "
                f"loaded is {self.model_id[:8]}); run Update Keys"
            )
        film = self._films.get(request.keys)
        if film is None:
            if self._fields is None:
                self._fields = KeyCache()
            track = self.model.track([self._key(key) for key in request.keys])
            film = self._films[request.keys] = Film(self.model, track, self._fields)
            self._know(request, film)
            while len(self._films) > FILMS_KEPT:
                self._films.popitem(last=False)
        self._films.move_to_end(request.keys)
        return film

    def _know(self, request: FrameRequest, film: Film) -> None:
        """What the file says of the stretches between keys, rather than what this machine's engine would."""
        from doodle_core.layering import segments

        for segment in segments(film.track):
            match = stored_match(request.keys[segment.first].match, *_names(segment, request.keys), self.model_id)
            if match is not None:
                self.model.know(*segment.keys, match)

    def matches(self, keys: Sequence[KeyData], wanted: Callable[[bool], bool]) -> list[str]:
        """What becomes what on the way from each key to the next: the texts for `KeyData.match`.

        wanted: whether what is not decided yet is to be decided now, asked for each pair of keys with whether it is
        that of a loop's end. Raises DoodleError for a damaged key.
        """
        from doodle_core.layering import segments

        with self._lock:
            lines: list[list[str]] = [[] for _ in keys]
            for segment in segments(self.model.track([self._key(key) for key in keys])):
                names = _names(segment, keys)
                match = stored_match(keys[segment.first].match, *names, self.model_id)
                if match is None:
                    match = self.model.match(*segment.keys, wanted(segment.second <= segment.first))
                if match is not None:
                    lines[segment.first].append(match_text(match, *names, self.model_id))
            return ["\n".join(some) for some in lines]

    def certainties(self, keys: Sequence[KeyData], closed: bool) -> list[Certainty]:
        """How sure what becomes what is, as far as it is decided; nothing while another thread has the model. Errors as
        `matches`."""
        if not self._lock.acquire(blocking=False):
            return []
        try:
            return certainties(self.model, self.model.track([self._key(key) for key in keys]), closed)
        finally:
            self._lock.release()

    def _key(self, key: KeyData) -> LatentKey:
        known = self._keys.get(key)
        if known is None:
            known = self._keys[key] = _latent_key(key)
        return known


def _latent_key(key: KeyData) -> LatentKey:
    from doodle_core.track import LatentKey

    shown = decode_drawing(key.drawing) if key.drawing else None
    types = layer_keys.types_of(key.layers)
    latent = latent_of(key.latent, shown)
    own = None if types is None else frozenset(types)
    hints = key_hints.hints_of(key.hints, latent)
    return LatentKey(latent, key.time, shown, own) if hints is None else LatentKey(latent, key.time, shown, own, hints)


def _names(segment: Segment, keys: Sequence[KeyData]) -> tuple[str, str]:
    """What tells the two keys of a segment, or what they have on some layers, from others, and from what the same keys
    become where the artist has said something else."""
    first, second = keys[segment.first], keys[segment.second]
    of = "" if segment.layers is None else f" {sorted(segment.layers)}"
    said = key_hints.between(first.hints, second.hints)
    return name_of(first) + of, name_of(second) + of + (f" {said}" if said else "")


_shared: Session | None = None
_shared_lock = threading.Lock()
_settings: Callable[[], Settings] = Settings
_render_runs = False


def _nothing_is_needed() -> None:
    pass


_ensure: Callable[[], None] = _nothing_is_needed


def checked_by(ensure: Callable[[], None] | None) -> None:
    """Who is asked, before anything heavy is imported, whether all of it is there; raises DoodleError where not."""
    global _ensure
    _ensure = ensure or _nothing_is_needed


def set_up_by(settings: Callable[[], Settings]) -> None:
    """Who is asked what the animator has set, whenever a session begins. The preferences hand themselves in."""
    global _settings
    _settings = settings
    reset()


def get() -> Session:
    """The session that the whole add-on shares, made from the settings at the first call."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Session(_settings())
        return _shared


def reset() -> None:
    """Forget the shared session: the settings changed, or the add-on is being disabled."""
    global _shared
    with _shared_lock:
        _shared = None


def leave_gpu(render_runs: bool) -> None:
    """While a render runs, the GPU is the renderer's (but for `Settings.gpu_in_renders`): what is drawn is drawn on the
    CPU, from the next frame on, and after it as before."""
    global _render_runs
    _render_runs = render_runs


def render(
    request: FrameRequest, out: np.ndarray | None = None, passing: bool = False, deep: bool = False
) -> np.ndarray:
    """The pixels of one frame, by the shared session; see Session.render. What live view and bake both ask."""
    return get().render(request, out, passing, deep)


def register() -> None:
    reset()


def unregister() -> None:
    leave_gpu(False)
    set_up_by(Settings)
