"""Live strokes: a doodle that is a Grease Pencil object itself, whose drawing is written anew at every frame.

`copying` makes it from the artist's drawing, `writing` puts the in-betweens in, `switching` changes a doodle from
strokes to a picture plane and back.
"""
