"""What people do to videos: rate, count, tag, mark. Each change is whole, or not at all."""

from django.utils import timezone

from library import naming
from library.locking import writing
from library.models import Favorite, Tag, Video, ViewCount


class EmptyTagError(ValueError):
    """Nothing is left of a tag once its `#`s and blanks are gone, or it is too long, or no valid text."""


def rate(video: Video, stars: int) -> int:
    """Give 1 to 5 stars; returns them."""
    with writing():
        video.rating.give(stars, timezone.now())
    return stars


def count_view(video: Video) -> int:
    """Count one view; returns the new count."""
    with writing():
        return ViewCount.objects.count_one(video, timezone.now())


def add_tag(video: Video, name: str) -> list[str]:
    """Hang a tag on a video, new or known; returns all of its tags. Raises EmptyTagError."""
    cleaned = naming.clean_tag(name)
    if not cleaned or len(cleaned) > naming.MAX_TAG_LENGTH or not naming.is_storable(cleaned):
        raise EmptyTagError(f"A tag needs 1 to {naming.MAX_TAG_LENGTH} characters.")
    with writing():
        video.tags.add(*Tag.objects.ensure([cleaned]).values())
        return tag_names(video)


def remove_tag(video: Video, name: str) -> list[str]:
    """Take a tag off a video; one that it doesn't bear is no error. Returns its tags. Raises EmptyTagError."""
    if not naming.clean_tag(name):
        raise EmptyTagError("Which tag?")
    with writing():
        tag = Tag.objects.named(name)
        if tag:
            video.tags.remove(tag)
        return tag_names(video)


def tag_names(video: Video) -> list[str]:
    """The video's tags in alphabetical order."""
    return [tag.name for tag in video.tags.all()]


def toggle_favorite(video: Video) -> bool:
    """Mark a video as a favourite, or take the mark off; returns whether it is one now."""
    with writing():
        removed = Favorite.objects.unmark(video)
        if not removed:
            Favorite.objects.create(video=video)
    return not removed
