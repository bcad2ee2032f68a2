"""Holds a running server against the collection that it was filled from: every route for every video.

    python -m benchmarks.collection DIR
    VIDEOSERVER_VIDEO_DIRS=DIR VIDEOSERVER_DATA_DIR=DATA python manage.py import_json
    VIDEOSERVER_VIDEO_DIRS=DIR VIDEOSERVER_DATA_DIR=DATA python manage.py serve
    python -m benchmarks.visit_everything DIR [http://127.0.0.1:8000]

Prints a line for each promise; exits with 1 when one is broken.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote
from urllib.request import Request, urlopen

POSTER_SECONDS = 300


class Visit:
    """One visit of the whole site."""

    def __init__(self, directory: Path, url: str) -> None:
        self.url = url
        self.directory = directory
        self.tags, self.ratings, self.views, favorites = (
            json.loads((directory / name).read_text(encoding="utf-8"))
            for name in ("tags.json", "ratings.json", "views.json", "favorites.json")
        )
        self.favorites = favorites["favorites"]
        self.files = sorted(path.name for path in directory.iterdir() if path.suffix != ".json")
        self.broken = 0

    def fetch(self, path: str, **headers: str) -> tuple[int, bytes]:
        with urlopen(Request(self.url + path, headers=headers), timeout=30) as response:
            return response.status, response.read()

    def page(self, path: str) -> str:
        return unescape(self.fetch(path)[1].decode())

    def promise(self, text: str, kept: int, of: int) -> None:
        self.broken += kept != of
        print(f"{'ok  ' if kept == of else 'FAIL'}  {kept:5} of {of:5}  {text}")

    def listed(self, path: str) -> list[str]:
        """The files of a list, over all its pages, in order."""
        names: list[str] = []
        for number in range(1, 99):
            page = self.page(f"{path}{'&' if '?' in path else '?'}page={number}")
            names += [unquote(name) for name in re.findall(r'class="card" href="/watch/([^"]+)"', page)]
            if 'rel="next"' not in page:
                return names
        raise AssertionError("the pages don't end")

    def lists(self) -> None:
        for sort in ("date", "rating", "title", "views", "viewed", "duration", "size"):
            for order in ("asc", "desc"):
                listed = self.listed(f"/?sort={sort}&order={order}")
                self.promise(f"videos listed, each once: sort={sort} order={order}", len(set(listed)), len(self.files))
        best = {name for name, stars in self.ratings.items() if stars >= 4}
        self.promise("videos of four stars and up in /best-of", len(best & set(self.listed("/best-of"))), len(best))
        self.promise("/favorites in the order of adding", self.listed("/favorites") == self.favorites[::-1], 1)

    def tag_pages(self) -> None:
        bearers: dict[str, set[str]] = {}
        for name, tags in self.tags.items():
            for tag in tags:
                bearers.setdefault(tag.lstrip("#").casefold(), set()).add(name)
        right = sum(set(self.listed(f"/tag/{quote(tag, safe='')}")) == names for tag, names in bearers.items())
        self.promise("tags whose page lists just their videos", right, len(bearers))
        self.promise("tags in /tags", self.page("/tags").count('class="number"'), len(bearers))
        self.promise("taggings", sum(map(len, bearers.values())), sum(map(len, self.tags.values())))

    def videos(self) -> None:
        kept: Counter[str] = Counter()
        for name in self.files:
            page = self.page(f"/watch/{quote(name)}")
            stars = re.search(r'value="(\d)" checked', page)
            kept["watch pages with the stars of the file"] += int(stars[1] if stars else 0) == self.ratings.get(name, 0)
            shown = re.search(r"data-views>(\d+)<", page)
            kept["watch pages with the view count of the file"] += bool(shown) and int(shown[1]) == self.views.get(
                name, 0
            )
            tags = {tag.casefold() for tag in re.findall(r'data-remove="([^"]+)"', page)}
            kept["watch pages with the tags of the file"] += tags == {
                tag.lstrip("#").casefold() for tag in self.tags.get(name, [])
            }
            content = (self.directory / name).read_bytes()
            kept["videos whose bytes are exact"] += self.fetch(f"/video/{quote(name)}") == (200, content)
            middle = len(content) // 2
            part = self.fetch(f"/video/{quote(name)}", Range=f"bytes={middle}-{middle + 999}")
            kept["videos whose middle is exact, as a 206"] += part == (206, content[middle : middle + 1000])
        for text, count in kept.items():
            self.promise(text, count, len(self.files))

    def others(self) -> None:
        counts = {name: count for name, count in self.views.items() if count}
        self.promise(
            "counts in /get_views", len(json.loads(self.fetch("/get_views")[1]).items() & counts.items()), len(counts)
        )
        self.promise("/ping", json.loads(self.page("/ping"))["status"] == "ok", 1)
        self.promise("/random leads to a video", sum("<video" in self.page("/random") for _ in range(20)), 20)

    def posters(self) -> None:
        deadline = time.monotonic() + POSTER_SECONDS
        numbers = range(1, len(self.files) + 1)
        made: dict[str, dict[str, str]] = {}
        while len(made) < len(self.files) and time.monotonic() < deadline:
            for start in range(0, len(self.files), 200):
                query = "&".join(f"video={number}" for number in numbers[start : start + 200])
                made |= json.loads(self.page(f"/posters?{query}"))["posters"]
            time.sleep(1)
        served = sum(self.fetch(poster["large"])[1][8:12] == b"WEBP" for poster in made.values())
        self.promise("posters made and served", served, len(self.files))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    arguments = parser.parse_args()
    visit = Visit(arguments.directory, arguments.url)
    visit.lists()
    visit.tag_pages()
    visit.videos()
    visit.others()
    visit.posters()
    return min(visit.broken, 1)


if __name__ == "__main__":
    sys.exit(main())
