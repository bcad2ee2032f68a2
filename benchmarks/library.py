"""A library of any size for measurements: rows without files, as a household has them after some years.

Of its videos six in ten have stars, half were watched, six in ten bear some of 500 tags (or of as many as are asked
for), a few of them very often; one in a hundred is a favourite; all have a poster's address, and none a file.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from tests.environment import HOUSE, collected_static_files, make_site

TAGS = 500
FIRST_DAY = datetime(2015, 1, 1, tzinfo=UTC)
CHUNK = 5_000


def library_of(videos: int, folder: Path) -> Path:
    """The site with such a library in a folder: as it was kept there, brought up to date, or made."""
    there = folder / str(videos)
    if there.exists():
        child(
            there,
            "from django.core.management import call_command; call_command('migrate', verbosity=0); "
            "from videoserver.staticfiles import collect_if_changed; collect_if_changed()",
        )
        return there
    made = folder / f"{videos}.part"
    shutil.rmtree(made, ignore_errors=True)
    site = make_site(made)
    shutil.copytree(collected_static_files(), site.data / "static")
    child(made, f"from benchmarks.library import fill; fill({videos})")
    return made.rename(there)


def child(folder: Path, code: str, **more: str) -> str:
    """Run code in a process with the settings of a site, and more variables; what it printed."""
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "videoserver.settings", "VIDEOSERVER_ACCESS": "open",
        "VIDEOSERVER_VIDEO_DIRS": str(folder / "videos"), "VIDEOSERVER_DATA_DIR": str(folder / "var"), **more,
    }  # fmt: skip
    command = [sys.executable, "-c", f"import django; django.setup(); {code}"]
    return subprocess.run(command, cwd=HOUSE, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def fill(count: int, seed: int = 1, tags: int = TAGS) -> None:
    """Put that many videos into the empty database of the settings."""
    from library.models import Favorite, Rating, Tag, Video, ViewCount
    from thumbnails.models import MediaWork

    dice = random.Random(seed)
    named = Tag.objects.bulk_create([Tag(name=f"tag {n:03}", key=f"tag {n:03}") for n in range(tags)])
    weights = [1 / (rank + 5) for rank in range(tags)]
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        videos = Video.create_whole([_video(number, count, dice) for number in numbers])
        Rating.objects.bulk_update(
            [Rating(video=video, stars=dice.randint(1, 5)) for video in videos if dice.random() < 0.6], ["stars"], 500
        )
        ViewCount.objects.bulk_update(
            [
                ViewCount(video=video, count=dice.randint(1, 90), last_viewed_at=video.added_at + timedelta(days=9))
                for video in videos
                if dice.random() < 0.5
            ],
            ["count", "last_viewed_at"],
            500,
        )
        Favorite.objects.bulk_create([Favorite(video=video) for video in videos if dice.random() < 0.01])
        taggings = Video.tags.through
        taggings.objects.bulk_create(
            [
                taggings(video_id=video.pk, tag_id=tag.pk)
                for video in videos
                if dice.random() < 0.6
                for tag in {*dice.choices(named, weights, k=dice.randint(1, 9))}
            ],
            batch_size=5_000,
        )
        MediaWork.objects.bulk_create(
            [
                MediaWork(
                    video=video, state="ready", size=video.size, modified_ns=video.modified_ns,
                    poster_digest=blake2b(video.path.encode(), digest_size=16).hexdigest(),
                )
                for video in videos
            ],
            batch_size=500,
        )  # fmt: skip


def _video(number: int, count: int, dice: random.Random) -> object:
    from library.models import Video

    return Video(
        path=f"shelf {number % 40:02}/{dice.choice(WORDS)} {dice.choice(WORDS)} {number:06}.mp4",
        added_at=FIRST_DAY + timedelta(days=3_600 * number / count),
        size=dice.randint(10**7, 10**10),
        modified_ns=number,
        fingerprint=f"{number:032x}",
        duration=dice.uniform(20, 9_000),
        width=1920,
        height=1080,
    )


WORDS = (
    "summer", "lake", "garden", "birthday", "snow", "harbour", "picnic", "concert", "kitchen", "train", "autumn",
    "castle", "island", "sunrise", "meadow", "workshop", "holiday", "wedding", "zoo", "river",
)  # fmt: skip
