"""A training run told by a TOML file in `configs/`."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from doodle_core.dense.networks import NetworkConfig
from doodle_core.matching.network import MatcherConfig

from .dataset import KINDS

__all__ = ["Config", "StrokesConfig", "network_config"]


@dataclass(frozen=True)
class StrokesConfig:
    """A stroke model: only its matcher is trained (see `doodle_core.matching.network`)."""

    kind: Literal["strokes"] = "strokes"
    width: int = MatcherConfig.width
    heads: int = MatcherConfig.heads
    blocks: int = MatcherConfig.blocks

    @property
    def matcher(self) -> MatcherConfig:
        return MatcherConfig(self.width, self.heads, self.blocks)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def network_config(table: dict[str, Any]) -> NetworkConfig | StrokesConfig:
    """From the [network] table of a configuration or checkpoint; TypeError, ValueError on names that are not known."""
    kind = table.get("kind", NetworkConfig.kind)
    if kind == "strokes":
        return StrokesConfig(**table)
    if kind not in ("mixer", "conv"):
        raise ValueError(f"network kind must be mixer, conv or strokes, not {kind!r}")
    return NetworkConfig.from_dict(table)


@dataclass(frozen=True)
class Config:
    """Everything a run depends on, beside the machine."""

    name: str = "run"
    network: NetworkConfig | StrokesConfig = field(default_factory=NetworkConfig)
    data: str = "motion"
    """One of dataset.KINDS; the matcher knows only "motion"."""
    batch: int = 128
    """Moving doodles (or still pictures, or pairs of keys) a step."""
    steps: int = 0
    """Length of the run in steps, or 0:"""
    minutes: float = 60.0
    """length of the run in minutes of training, over all resumes."""
    rate: float = 2e-3
    """Peak learning rate. Rises over the first 2 % of the run, then stays, and falls linearly over the last `decay`."""
    decay: float = 0.5
    weight_decay: float = 0.01
    optimizer: str = "muon"
    """"muon" (hidden matrices by Muon, the rest by AdamW) or "adamw"."""
    far: float = 0.25
    """Autoencoders: weight of the far part of the field loss."""
    shake: float = 0.05
    """Autoencoders: noise added to every latent in training, in units of the batch's spread: near latents then mean
    near drawings."""
    variational: float = 0.0
    """Autoencoders: weight of the Kullback-Leibler term; 0 is a plain one."""
    half: bool = False
    """bfloat16 matrix products; pays on a GPU only."""
    seed: int = 0

    @classmethod
    def load(cls, path: Path, **changes: Any) -> Config:
        """Read a TOML file; ValueError naming the file on an unknown or impossible entry."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            network = network_config(table.pop("network", {}))
            config = cls(**{"name": path.stem, **table, "network": network})
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}: {error}") from error
        known = {f.name for f in fields(cls)}
        config = replace(config, **{k: v for k, v in changes.items() if v is not None and k in known})
        known_data = ("motion",) if isinstance(network, StrokesConfig) else KINDS
        if config.data not in known_data:
            raise ValueError(f"{path}: data must be one of {', '.join(known_data)}, not {config.data!r}")
        return config
