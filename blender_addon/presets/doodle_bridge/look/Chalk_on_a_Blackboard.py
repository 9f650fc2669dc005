import bpy

settings = bpy.context.object.doodle_bridge

settings.line_weight = 0.1
settings.softness = 0.4
settings.ink = "colour"
settings.colour = (0.9, 0.9, 0.85, 1.0)
settings.opacity = 0.9
