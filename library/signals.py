"""What the library tells others. It doesn't know who listens."""

from django.dispatch import Signal

files_changed = Signal()
"""Sent after the commit, with `video_ids: list[int]`: files that are new, have changed, or still lack media work."""
