"""What runs the networks. Every engine makes the same calls and gives the same numbers, within 1e-3."""

from doodle_core.engines.choosing import open_engine
from doodle_core.engines.engine import DEVICES, ENGINES, Choice, Engine

__all__ = ["DEVICES", "ENGINES", "Choice", "Engine", "open_engine"]
