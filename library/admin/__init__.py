"""The curator's view of the library: importing this registers all of it."""

from library.admin import history, lists, standing, tags, videos

__all__ = ["history", "lists", "standing", "tags", "videos"]
