"""What each list and filter of the admin costs in the server, in a small library and in a large one.

    python -m benchmarks.admin [--videos 333 100000] [--tags 150 5000] [--in DIR]

For each size a library without files (benchmarks/library.py), with a history of its own, kept in DIR for the next time
where one is given. Pages are asked for through Django's test client as a superuser, with nothing cached but what a
process remembers of the tables; each is asked for once before it is measured. Medians in milliseconds, the number of
queries, and the ratio of the largest library's time to the smallest's. Exits 1 where a ratio is above 10, or a number
of queries grows.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.library import child
from tests.environment import collected_static_files, make_site

ROUNDS = 5
MOST = 10.0
LISTS = {"video": (8, 50), "rating": (4, 50), "viewcount": (4, 50), "favorite": (2, 50), "tag": (4, 100)}
"""(columns, rows a page) of each."""

SEARCHES = {"tag": "tag+00"}
PAGES = (
    "", "library/video/{video}/change/", "library/video/{video}/history/",
    "library/video/{video}/history/?at=2024-05-06",
    "library/entry/{entry}/change/", "library/tag/{often}/change/", "thumbnails/mediawork/",
    "thumbnails/mediawork/?state__exact=failed", "auth/user/", "auth/group/", "library/rating/?stars=3",
    "autocomplete/?app_label=library&model_name=video&field_name=tags&term=tag+0",
)  # fmt: skip
OF_VIDEOS = (
    "all_tags={often}", "all_tags={often}&all_tags={frequent}", "any_tags={often}&any_tags={frequent}",
    "no_tags={often}", "all_tags={often}&o=3", "tagged=yes", "tagged=no", "stars=5", "stars=none",
    "stars=none&tagged=no&file=there", "file=there", "file=missing", "file=twice", "media=failed", "length=5",
    "length=20", "length=60", "length=more", "added_at__gte=2020-01-01+00:00:00%2B00:00", "q=tag+00",
)  # fmt: skip
OF_TAGS = ("use=never", "use=once", "alike=yes", "parents=no", "parents=yes", "use=once&parents=no&o=3")
OF_ENTRIES = (
    "", "q=stars", "action__exact=rate", "action__exact=undo", "actor=the+server", "p=2",
    "at__gte=2020-01-01+00:00:00%2B00:00",
)  # fmt: skip


def addresses() -> dict[str, str]:
    """{name: address} of every list, each order and filter of it, searches, and a page of each kind."""
    from django.contrib import admin

    from library.models import Entry, Tag, Video

    values = {
        "video": Video.objects.order_by("-pk")[0].pk, "entry": Entry.objects.order_by("pk")[0].pk,
        "often": Tag.objects.get(name="tag 003").pk, "frequent": Tag.objects.get(name="tag 001").pk,
    }  # fmt: skip
    rows = {model._meta.model_name: model._default_manager.count() for model in admin.site._registry}
    found = list(PAGES)
    for name, (columns, page) in LISTS.items():
        values[f"last_{name}"] = math.ceil(rows[name] / page)
        queries = ["", f"q={SEARCHES.get(name, 'summer+lake')}", f"p={{last_{name}}}"]
        queries += [f"o={sign}{column}" for column in range(1, columns + 1) for sign in ("", "-")]
        found += [f"library/{name}/?{query}" for query in queries]
    for name, queries in (("video", OF_VIDEOS), ("tag", OF_TAGS), ("entry", OF_ENTRIES)):
        found += [f"library/{name}/?{query}" for query in queries]
    return {f"/admin/{name}": f"/admin/{name.format(**values)}" for name in found}


def measure() -> dict[str, tuple[float, int]]:
    """{name of an address: (milliseconds, queries)} of each; the query cache answers nothing."""
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from library.locking import reading_afresh

    client = Client(headers={"host": "localhost"})
    client.force_login(get_user_model().objects.filter(is_superuser=True)[0])
    results: dict[str, tuple[float, int]] = {}
    for name, address in addresses().items():
        taken = []
        for _ in range(ROUNDS + 1):
            with reading_afresh(), CaptureQueriesContext(connection) as captured:
                start = time.perf_counter()
                response = client.get(address)
                taken.append((time.perf_counter() - start) * 1e3)
            assert response.status_code == 200, (address, response.status_code)
        results[name] = statistics.median(taken[1:]), len(captured)
    return results


def fill(videos: int, tags: int) -> None:
    """A library of that size, with some videos missing, failed and double, a history and an account."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from benchmarks import library
    from library import curating, history
    from library.models import Tag, Video
    from thumbnails.models import MediaWork

    library.fill(videos, tags=tags)
    pks = list(Video.objects.order_by("pk").values_list("pk", flat=True))
    Video.objects.filter(pk__in=pks[7::100]).update(missing_since=timezone.now())
    Video.objects.filter(pk__in=pks[11::200]).update(fingerprint="f" * 32, size=7)
    MediaWork.objects.filter(pk__in=pks[13::150]).update(state="failed")
    tag = Tag.objects.get(name="tag 004")
    for start in range(0, videos, 100):
        some = list(Video.objects.filter(pk__in=pks[start : start + 100]))
        curating.rate_all(some[:50], 1 + start // 100 % 5)
        done = curating.tag_all(some[50:], [tag.name])
        if done and start % 1000 == 0:
            history.undo(done)
    get_user_model().objects.create_superuser("curator", password="secret")


def run(videos: int, tags: int, folder: Path) -> dict[str, tuple[float, int]]:
    """The measures of a library of that size, taken in a process of their own."""
    there = folder / f"admin-{videos}-{tags}"
    if not there.exists():
        made = folder / f"admin-{videos}-{tags}.part"
        site = make_site(made)
        shutil.copytree(collected_static_files(), site.data / "static")
        child(made, f"from benchmarks.admin import fill; fill({videos}, {tags})")
        made.rename(there)
    output = child(there, "import json; from benchmarks.admin import measure; print(json.dumps(measure()))")
    results: dict[str, tuple[float, int]] = json.loads(output.splitlines()[-1])
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, nargs=2, default=[333, 100_000])
    parser.add_argument("--tags", type=int, nargs=2, default=[150, 5_000])
    parser.add_argument("--in", type=Path, dest="folder", help="keep the libraries here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        small, large = (run(*size, folder) for size in zip(arguments.videos, arguments.tags, strict=True))
    print(f"{'page':74} {'small':>8} {'large':>8} {'times':>6} {'queries':>8}")
    failed = False
    for address, (milliseconds, queries) in small.items():
        slower, more = large[address]
        ratio = slower / milliseconds
        failed |= ratio > MOST or more > queries
        marks = f"{'  slow' if ratio > MOST else ''}{'  more queries' if more > queries else ''}"
        print(f"{address:74} {milliseconds:8.1f} {slower:8.1f} {ratio:6.1f} {queries:3} {more:4}{marks}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
