"""What a page costs in the server, at several sizes of the library.

    python -m benchmarks.pages [--videos 333 10000 100000] [--in DIR]

For each size a library without files (benchmarks/library.py), kept in DIR for the next time where one is given. Pages
are asked for through the WSGI application, without a web server: warm, just after a write (stars given to some video,
and for the watch page also a tag hung on one), and cold (a process's first of each address, nothing cached). Medians,
in milliseconds; last the ratio of the after-write figure to that of the home page of the smallest library.
"""

import argparse
import io
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.library import child, library_of

WARM, WRITES = 200, 60


def addresses() -> dict[str, tuple[str, str]]:
    """{what: (path, query string)}."""
    from library.models import Tag, Video

    watched = Video.objects.filter(tags__isnull=False).order_by("pk").first()
    often = Tag.objects.get(name="tag 003")
    assert watched
    return {
        "home": ("/", ""),
        "home by title": ("/", "sort=title"),
        "home by rating": ("/", "sort=rating"),
        "page 1,000": ("/", "page=1000"),
        "page 1,000 by title": ("/", "sort=title&page=1000"),
        "home by resolution": ("/", "sort=resolution"),
        "home at random": ("/", "sort=random&seed=7-99999999"),
        "page 1,000 by resolution": ("/", "sort=resolution&page=1000"),
        "page 1,000 at random": ("/", "sort=random&seed=7-99999999&page=1000"),
        "all folders": ("/folder/", ""),
        "a folder": (f"/folder/{watched.path.partition('/')[0]}", ""),
        "watch": (f"/watch/{watched.path}", ""),
        "a tag": (f"/tag/{often.name}", ""),
        "best of": ("/best-of", ""),
        "favourites": ("/favorites", ""),
        "tags": ("/tags", ""),
    }


def ask(application: Any, path: str, query: str) -> tuple[float, int]:
    """(milliseconds, bytes) of one page, as a browser asks for it that was here before."""
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
        "HTTP_COOKIE": f"csrftoken={'a' * 32}",
        "HTTP_HOST": "localhost", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http", "wsgi.version": (1, 0),
        "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }  # fmt: skip
    start = time.perf_counter()
    response = application(environ, lambda status, headers, info=None: said.append(status))
    body = b"".join(response)
    response.close()
    milliseconds = (time.perf_counter() - start) * 1e3
    assert said[0].startswith("200"), (path, said)
    return milliseconds, len(body)


def measure() -> dict[str, dict[str, float]]:
    """{what: {cold, warm, after a write: milliseconds; bytes}}; mixes the stars of the settings' library."""
    from django.core.cache import cache

    from library import curating
    from library.models import Video
    from videoserver.wsgi import application

    dice = random.Random(1)
    some = list(Video.objects.order_by("-added_at")[:200])
    cache.clear()
    results: dict[str, dict[str, float]] = {}
    for what, address in addresses().items():
        cold, _ = ask(application, *address)
        warm = [ask(application, *address)[0] for _ in range(WARM)]
        after = []
        for _ in range(WRITES):
            curating.rate(dice.choice(some), dice.randint(1, 5))
            after.append(ask(application, *address)[0])
        _, size = ask(application, *address)
        results[what] = {
            "cold": cold, "warm": statistics.median(warm), "after a write": statistics.median(after), "bytes": size,
        }  # fmt: skip
        if what == "watch":
            tagged = []
            for number in range(20):
                curating.add_tag(dice.choice(some), f"tag {number:03}")
                tagged.append(ask(application, *address)[0])
            results["watch, a tag written"] = {"after a write": statistics.median(tagged)}
    return results


def run(videos: int, folder: Path) -> dict[str, dict[str, float]]:
    """The measures of a library of that size, taken in a process of their own."""
    code = "import json; from benchmarks.pages import measure; print(json.dumps(measure()))"
    results: dict[str, dict[str, float]] = json.loads(child(library_of(videos, folder), code).splitlines()[-1])
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, nargs="+", default=[333, 10_000, 100_000])
    parser.add_argument("--in", type=Path, dest="folder", help="keep the libraries here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        base = 0.0
        print(f"{'videos':>7} {'page':24} {'cold':>7} {'warm':>6} {'after a write':>14} {'to home':>8} {'bytes':>6}")
        for videos in arguments.videos:
            for what, result in run(videos, folder).items():
                after = result["after a write"]
                base = base or after
                cold, warm = (f"{result[key]:.2f}" if key in result else "" for key in ("cold", "warm"))
                ratio, size = after / base, result.get("bytes", "")
                print(f"{videos:7} {what:24} {cold:>7} {warm:>6} {after:14.2f} {ratio:8.2f} {size:>6}")


if __name__ == "__main__":
    main()
