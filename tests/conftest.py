"""What every test may rely on: the same examples of properties on every machine, and commands that can be stopped."""

import signal

from hypothesis import settings

settings.register_profile("same everywhere", derandomize=True, deadline=None)
settings.load_profile("same everywhere")

# A shell starts what runs in its background with SIGINT ignored, and so would be every command that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
