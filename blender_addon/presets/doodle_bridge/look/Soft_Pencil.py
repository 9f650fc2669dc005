import bpy

settings = bpy.context.object.doodle_bridge

settings.line_weight = -0.1
settings.softness = 0.6
settings.ink = "colour"
settings.colour = (0.03, 0.03, 0.035, 1.0)
settings.opacity = 0.8
