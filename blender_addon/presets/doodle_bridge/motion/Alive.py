import bpy

settings = bpy.context.object.doodle_bridge

settings.method = "spherical"
settings.sigma = 0.25
settings.boil = 0.0
settings.boil_step = 2
settings.boil_cycle = 0
settings.stepped = False
settings.pin = 1.0
