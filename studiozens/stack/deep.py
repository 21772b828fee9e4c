"""The pytest plugin of `script/soak`: properties are tried with many more examples."""

from hypothesis import settings

settings.register_profile("deep", max_examples=3000, deadline=None)
