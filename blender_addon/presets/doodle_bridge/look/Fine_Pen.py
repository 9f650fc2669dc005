import bpy

settings = bpy.context.object.doodle_bridge

settings.line_weight = -0.25
settings.softness = 0.0
settings.ink = "colour"
settings.colour = (0.0, 0.0, 0.0, 1.0)
settings.opacity = 1.0
