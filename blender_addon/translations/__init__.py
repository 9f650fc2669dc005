"""The interface in other languages, by `bpy.app.translations`.

A language is a module of this folder with TEXTS, a table from the English text to its own; what a table leaves out
stays English. Texts that a program builds ("Stands at frame {:g}") are translated before they are filled in.
"""

import bpy

from . import de

LANGUAGES = {"de_DE": de.TEXTS}

_CONTEXTS = ("*", "Operator")  # Blender looks labels of operators up in a context of their own


def register() -> None:
    tables = {
        language: {(context, text): told for text, told in texts.items() for context in _CONTEXTS}
        for language, texts in LANGUAGES.items()
    }
    bpy.app.translations.register(__package__, tables)


def unregister() -> None:
    bpy.app.translations.unregister(__package__)
