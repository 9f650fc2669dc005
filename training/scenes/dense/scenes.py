"""Fifteen dense scenes: half of them to choose rules and constants by, half only to judge."""

from __future__ import annotations

from collections.abc import Callable

from training.scenes.dense.animals import animal, face
from training.scenes.dense.cloth import cloth, hair
from training.scenes.dense.gardens import bicycle, garden, shelves
from training.scenes.dense.limbs import dancer, hand
from training.scenes.dense.machines import machine, street
from training.scenes.dense.passing import carriage, pair
from training.scenes.dense.people import crowd, person
from training.scenes.dense.shapes import Sheet

__all__ = ["CHOOSING", "JUDGING"]

CHOOSING: dict[str, Callable[[float], Sheet]] = {
    "person": person,
    "machine": machine,
    "street": street,
    "hand": hand,
    "cloth": cloth,
    "pair": pair,
    "shelves": shelves,
}
"""Constants may be chosen by these,"""
JUDGING: dict[str, Callable[[float], Sheet]] = {
    "animal": animal,
    "face": face,
    "crowd": crowd,
    "hair": hair,
    "dancer": dancer,
    "carriage": carriage,
    "bicycle": bicycle,
    "garden": garden,
}
"""and not by these."""
