"""The one error a user is meant to read."""


class DoodleError(ValueError):
    """A mistake in what the user gave.

    The message is one line that names the file or value and says what to do; the command line and Blender show it as it
    is, without a traceback. Anything else that is raised is a fault of the program.
    """
