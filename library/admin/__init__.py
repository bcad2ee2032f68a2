"""The curator's view of the library: importing this registers all of it."""

from library.admin import standing, tags, videos

__all__ = ["standing", "tags", "videos"]
