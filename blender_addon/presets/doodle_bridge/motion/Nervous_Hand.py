import bpy

settings = bpy.context.object.doodle_bridge

settings.method = "spherical"
settings.sigma = 0.5
settings.boil = 0.2
settings.boil_step = 1
settings.boil_cycle = 0
settings.stepped = False
settings.pin = 1.0
