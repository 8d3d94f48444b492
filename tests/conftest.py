"""What every test may rely on: property tests try the same examples on every machine, however slow it is."""

from hypothesis import settings

settings.register_profile("same everywhere", derandomize=True, deadline=None)
settings.load_profile("same everywhere")
