"""Looks for stale reads: many readers, and a writer who never stops.

    python -m benchmarks.staleness [--reads 200000] [--redis] [--without stamping | invalidation-mark | generation]

The writer, a process of its own, counts up a title, a view count and the name of a tag, and publishes each number in
shared memory when its commit has returned. Two processes of 8 threads each read all the while: whole pages through the
WSGI application, as gunicorn's threads call it, and plain queries through the query cache. A reader notes what was
published before it asks; an answer that shows less is stale.

In each run, mutated or not, some reads dawdle between their rows and their storing, and some commits between the
commit and its invalidation, two milliseconds each: the gaps in which a cache can go wrong. `--without` takes one of the
rules away that close them, and must then find stale reads. `--redis` keeps the queries in a Redis of its own instead
of in files. Exits with 1 when there were any stale reads.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests.environment import HOUSE
from tests.redis_server import redis_server

PROCESSES, THREADS = 2, 8
TITLE, VIEWS, TAG = range(3)
MUTATIONS = ("stamping", "invalidation-mark", "generation")
DAWDLE_SECONDS = 0.002
BURST = 4
"""Writes of one kind, one right after the other: what is read anew after the first straddles the next."""
PAUSE_SECONDS = 0.2
"""Between two bursts, at most; on average half of it. In it what is stale has time to be seen."""

Numbers = dict[int, int]
"""What a read shows of the title, the views, the tag."""


class Shared(NamedTuple):
    """What all processes see."""

    published: Any
    """The last acknowledged number of each kind."""
    done: Any
    """Ends the writer."""
    outcome: Any
    """A queue of each process's counts."""


def begin(without: str | None) -> None:
    """Set Django up in this process, with its gaps, and take a rule away."""
    import django
    from cachalot.transaction import AtomicCache
    from django.conf import settings
    from django.db.backends.signals import connection_created

    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    django.setup()
    sys.setswitchinterval(0.0005)
    original = AtomicCache.commit

    def commit(self: Any) -> None:
        dawdle()
        original(self)

    AtomicCache.commit = commit
    connection_created.connect(lambda connection, **_: connection.execute_wrappers.append(slowly), weak=False)
    if without:
        take_away(without)


def slowly(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """Some time passes after a query has its rows."""
    result = execute(sql, params, many, context)
    if sql.startswith("SELECT"):
        dawdle()
    return result


def dawdle() -> None:
    if random.random() < 0.3:
        time.sleep(DAWDLE_SECONDS)


def take_away(rule: str) -> None:
    """Break one rule in this process."""
    from django.core.cache import cache

    from videoserver import generation

    backend: Any = type(cache._connections["default"])  # type: ignore[attr-defined]
    if rule == "stamping":
        store = backend.store

        def stamped_when_stored(self: Any, results: dict[str, Any], timeout: Any, version: Any) -> None:
            now, _ = self.look_up([], version)
            store(self, {key: (now, rows) for key, (_, rows) in results.items()}, timeout, version)

        backend.store = stamped_when_stored
    elif rule == "invalidation-mark":
        backend.last_invalidation = lambda self: 0
    else:
        generation.current = lambda: generation.Generation(0, 0)


def write(shared: Shared, without: str | None) -> None:
    """Count up until all has been read."""
    begin(without)
    from django.db import transaction

    from library import curating
    from library.models import Tag, Video

    video, writes = Video.objects.get(path="a.mp4"), 0
    while not shared.done.is_set():
        kind = writes // BURST % 3
        number = shared.published[kind] + 1
        if kind == VIEWS:
            number = curating.count_view(video)
        else:
            with transaction.atomic():
                if kind == TITLE:
                    Video.objects.filter(pk=video.pk).update(title=str(number))
                else:
                    Tag.objects.filter(pk=1).update(name=str(number), key=str(number))
        shared.published[kind] = number
        writes += 1
        time.sleep(random.uniform(0, DAWDLE_SECONDS if writes % BURST else PAUSE_SECONDS))
    shared.outcome.put((Counter({"writes": writes}), Counter()))


def pages() -> dict[str, Callable[[], Numbers]]:
    """Whole pages, and what they show."""
    from videoserver.wsgi import application

    def page(path: str, **patterns: str) -> Callable[[], Numbers]:
        kinds = {{"title": TITLE, "views": VIEWS, "tag": TAG}[name]: text for name, text in patterns.items()}

        def read() -> Numbers:
            environ = {
                "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1",
                "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
                "wsgi.input": io.BytesIO(), "HTTP_COOKIE": f"csrftoken={'x' * 32}",
            }  # fmt: skip
            response = application(environ, lambda status, headers: None)
            text = b"".join(response).decode()
            response.close()
            return {kind: int((re.findall(pattern, text) or ["0"])[0]) for kind, pattern in kinds.items()}

        return read

    return {
        "GET /": page("/", title=r'"title">(\d+)<', views=r"<span>(\d+) view"),
        "GET /watch/a.mp4": page(
            "/watch/a.mp4", title=r"<h1>(\d+)<", views=r"data-views>(\d+)<", tag=r'data-remove="(\d+)"'
        ),
        "GET /tags": page("/tags", tag=r'href="/tag/(\d+)"'),
        "GET /library/tags": page("/library/tags", tag=r'"(\d+)"'),
    }


def queries() -> dict[str, Callable[[], Numbers]]:
    """Plain reads, which the query cache may answer."""
    from library.models import Tag, Video, ViewCount

    def of_three_tables() -> Numbers:
        title, views, tag = Video.objects.values_list("title", "view_count__count", "tags__name").get()
        return {TITLE: int(title), VIEWS: views, TAG: int(tag)}

    return {
        "a title": lambda: {TITLE: int(Video.objects.values_list("title", flat=True).get())},
        "a view count": lambda: {VIEWS: ViewCount.objects.values_list("count", flat=True).get()},
        "all tags": lambda: {TAG: int(Tag.objects.get().name)},
        "a join of all": of_three_tables,
    }


def read(shared: Shared, without: str | None, reads: int) -> None:
    """Read by 8 threads, and compare."""
    begin(without)
    of_kind = {**pages(), **queries()}
    done, stale = Counter[str](), Counter[str]()
    lock = threading.Lock()

    def reader() -> None:
        from django.db import connections

        own_done, own_stale = Counter[str](), Counter[str]()
        for _ in range(reads // THREADS):
            name = random.choice(list(of_kind))
            known = list(shared.published)
            shown = of_kind[name]()
            own_done[name] += 1
            own_stale[name] += any(number < known[kind] for kind, number in shown.items())
        connections.close_all()
        with lock:
            done.update(own_done)
            stale.update(own_stale)

    with ThreadPoolExecutor(THREADS) as pool:
        for ended in [pool.submit(reader) for _ in range(THREADS)]:
            ended.result()
    shared.outcome.put((done, stale))


def prepare(data: str, redis_url: str) -> None:
    """A library of one video with one tag, in a data dir of its own."""
    os.environ |= {
        "VIDEOSERVER_DATA_DIR": data, "VIDEOSERVER_VIDEO_DIRS": f"{data}-videos", "VIDEOSERVER_ACCESS": "open",
        "DJANGO_SETTINGS_MODULE": "videoserver.settings",
    }  # fmt: skip
    for name in ("DATABASE_URL", "VIDEOSERVER_DEBUG"):
        os.environ.pop(name, None)
    os.environ["REDIS_URL"] = redis_url
    script = (
        "from django.core.management import call_command; from django.utils import timezone\n"
        "from library.models import Tag, Video\n"
        "call_command('migrate', verbosity=0)\n"
        "(video,) = Video.create_whole([Video(path='a.mp4', size=1, modified_ns=1, fingerprint='a',"
        " added_at=timezone.now())])\n"
        "Video.objects.update(title='0')\n"
        "video.tags.add(Tag.objects.create(pk=1, name='0', key='0'))\n"
    )
    subprocess.run([sys.executable, "manage.py", "shell", "-v0", "-c", script], cwd=HOUSE, check=True)


def measure(
    reads: int, without: str | None = None, *, redis: bool = False
) -> tuple[int, Counter[str], Counter[str], float]:
    """(writes, reads of each kind, stale ones of each kind, seconds)."""
    context = multiprocessing.get_context("spawn")
    shared = Shared(context.RawArray("Q", 3), context.Event(), context.SimpleQueue())
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = stack.enter_context(redis_server(Path(folder) / "redis")) if redis else None
        prepare(f"{folder}/data", server.url if server else "")
        writer = context.Process(target=write, args=(shared, without))
        readers = [context.Process(target=read, args=(shared, without, reads // PROCESSES)) for _ in range(PROCESSES)]
        began = time.monotonic()
        try:
            for process in (writer, *readers):
                process.start()
            for process in readers:
                process.join()
            lasted = time.monotonic() - began
        finally:
            shared.done.set()
            writer.join()
        if any(process.exitcode for process in (writer, *readers)):
            raise SystemExit("A process failed.")
        outcomes = [shared.outcome.get() for _ in range(1 + PROCESSES)]
    done: Counter[str] = sum((done for done, _ in outcomes), Counter())
    stale: Counter[str] = sum((stale for _, stale in outcomes), Counter())
    return done.pop("writes"), done, stale, lasted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reads", type=int, default=200_000)
    parser.add_argument("--redis", action="store_true")
    parser.add_argument("--without", choices=MUTATIONS)
    arguments = parser.parse_args()
    writes, done, stale, seconds = measure(arguments.reads, arguments.without, redis=arguments.redis)
    print(f"{'stale':>6} of {'reads':>7}")
    for name, count in sorted(done.items()):
        print(f"{stale[name]:6} of {count:7}  {name}")
    print(f"{stale.total():6} of {done.total():7}  all, beside {writes} acknowledged writes in {seconds:.0f} s")
    return min(stale.total(), 1)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
