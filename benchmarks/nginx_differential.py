"""The bytes of films, asked of us and of nginx, with every condition and range: who differs, and who is right.

    python -m benchmarks.nginx_differential [--requests 6000] [--seed 1]

nginx (which must be installed) and our web process serve the same files. Each request is drawn at random from methods,
ranges, right and wrong, and conditions, and sent to both; each is sent its own validators. Compared are status, body,
Content-Range, Content-Length, Accept-Ranges, and whether there are validators. Each kind of difference is printed with
its count and the section of RFC 9110 that our answer follows. Exit code 1 where one follows none.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from email.utils import formatdate
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple

from benchmarks.streaming import nginx
from tests.environment import collected_static_files, make_site
from tests.gunicorn_server import running

FILES = {"film.mp4": 200_003, "one.mp4": 1, "empty.mp4": 0}
HUGE, HUGE_BYTES = "huge.mp4", 2**32 + 1000
CHANGED = 1_600_000_000
TOKEN = "t" * 32
WRITES = {"Cookie": f"csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
"""Else a POST is refused for another reason."""

NOT_RANGES = (
    *("bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=+1-2", "bytes=0x1-2", "bytes=1.5-2", "bytes=--1"),
    *("bytes=1--2", "bytes =1-2", "bytes=1 -2", "bytes=1- 2", "bytes:1-2", "items=0-1", "none", "0-1", "bytes=1-2;"),
    *("bytes=0-1,", "bytes=,0-1", "bytes=,", "bytes=0-1,a", "bytes=1_0-20", "bytes=" + "9" * 100 + "-5"),
)
GIANT = ("9" * 19, "9" * 20, str(2**63 - 1), str(2**64), "9" * 3000, "0" * 500 + "7")
TAGS = ("{etag}", "W/{etag}", '"other"', 'W/"other"', "*", '"other", {etag}', '"a", "b"', "other", "", "{etag}x")
DATES = (
    "{modified}", "{older}", "{newer}", "{rfc850}", "{asctime}", "yesterday", "0", "", "Thu, 32 Foo 2020 25:61:61 GMT",
)  # fmt: skip


class Answer(NamedTuple):
    """What is compared of a response; a body only where it is of the file."""

    status: int
    body: bytes
    content_range: str | None
    length: str | None
    accepts: str | None
    etag: bool
    modified: bool


class Case(NamedTuple):
    """A request; in the headers stand names of validators, for each server's own."""

    method: str
    file: str
    headers: dict[str, str]

    @property
    def range(self) -> str:
        return self.headers.get("Range", "")


class Rule(NamedTuple):
    """A difference in which our answer follows the RFC."""

    what: str
    section: str
    applies: Callable[[Case, Answer, Answer], bool]


def date(headers: dict[str, str], name: str) -> bool:
    """Whether a condition is a valid date; in our three forms."""
    return headers.get(name, "x").strip("{}") in ("modified", "older", "newer", "rfc850", "asctime")


STATUS_RULES = (
    Rule("If-Modified-Since beside If-None-Match is ignored", "13.1.3",
         lambda case, ours, theirs: {"If-None-Match", "If-Modified-Since"} <= case.headers.keys()
         and {ours.status, theirs.status} <= {200, 206, 304, 416}),
    Rule("If-Unmodified-Since beside If-Match is ignored", "13.1.4",
         lambda case, ours, theirs: {"If-Match", "If-Unmodified-Since"} <= case.headers.keys()
         and theirs.status == 412 and ours.status != 412),
    Rule("If-Unmodified-Since that is no date is ignored", "13.1.4",
         lambda case, ours, theirs: "If-Unmodified-Since" in case.headers
         and not date(case.headers, "If-Unmodified-Since") and theirs.status == 412 and ours.status != 412),
    Rule("304 for a file that is older than If-Modified-Since, not just for one of that second", "13.1.3",
         lambda case, ours, theirs: case.headers.get("If-Modified-Since") == "{newer}" and ours.status == 304),
    Rule("HEAD ignores Range", "14.2",
         lambda case, ours, theirs: case.method == "HEAD" and ours.status == 200 and theirs.status in (206, 416)),
    Rule("several ranges are answered with the whole: a server may ignore Range", "14.2",
         lambda case, ours, theirs: "," in case.range and ours.status == 200 and theirs.status in (206, 416)),
    Rule("an invalid ranges-specifier is ignored, not rejected", "14.2",
         lambda case, ours, theirs: case.range in NOT_RANGES and ours.status == 200 and theirs.status in (206, 416)),
    Rule("If-Match without an entity tag in it is no condition", "2.4",
         lambda case, ours, theirs: case.headers.get("If-Match") in ("", "other", "{etag}x")
         and theirs.status == 412 and ours.status != 412),
    Rule("no part of an empty file is there: 416, which a server may answer", "15.5.17",
         lambda case, ours, theirs: case.file == "empty.mp4" and ours.status == 416 and theirs.status == 200),
    Rule("a last position past the end means the end, of however many digits it is", "14.1.2",
         lambda case, ours, theirs: any(digits in case.range for digits in GIANT)
         and ours.status == 206 and theirs.status in (200, 416)),
)  # fmt: skip
FIELD_RULES = (
    Rule("Accept-Ranges is told with a part, a refusal and a 304 too", "14.3",
         lambda case, ours, theirs: ours._replace(accepts=None) == theirs._replace(accepts=None)
         and ours.status in (206, 304, 412, 416)),
    Rule("the validators are told, or not, with a refusal", "15.5.17",
         lambda case, ours, theirs: ours.status in (412, 416)
         and ours._replace(etag=False, modified=False, accepts=None)
         == theirs._replace(etag=False, modified=False, accepts=None)),
)  # fmt: skip


class Server:
    """One of both, and its validators of each file."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.http = HTTPConnection("127.0.0.1", port, timeout=30)
        self.validators = {name: self._validators(name) for name in (*FILES, HUGE)}

    def _validators(self, name: str) -> dict[str, str]:
        self.http.request("HEAD", f"/video/{name}", headers={"Host": "localhost"})
        response = self.http.getresponse()
        response.read()
        assert response.status == 200, (self.port, name, response.status)
        return {
            "etag": response.headers["ETag"],
            "modified": response.headers["Last-Modified"],
            "older": formatdate(CHANGED - 100, usegmt=True),
            "newer": formatdate(CHANGED + 100, usegmt=True),
            "rfc850": "Sunday, 13-Sep-20 12:26:40 GMT",
            "asctime": "Sun Sep 13 12:26:40 2020",
        }

    def ask(self, case: Case) -> Answer:
        """The answer to a case, with this server's validators in it."""
        headers = {"Host": "localhost"}
        for name, value in case.headers.items():
            for key, own in self.validators[case.file].items():
                value = value.replace("{" + key + "}", own)
            headers[name] = value
        try:
            self.http.request(case.method, f"/video/{case.file}", headers=headers)
            response = self.http.getresponse()
        except (ConnectionError, HTTPException):  # a kept connection ends after a thousand requests
            self.http.close()
            self.http.request(case.method, f"/video/{case.file}", headers=headers)
            response = self.http.getresponse()
        with closing(response):
            body, told = response.read(), response.headers
        is_file = response.status in (200, 206)
        multipart = told.get("Content-Type", "").startswith("multipart/")
        return Answer(
            response.status,
            body if is_file else b"",
            told["Content-Range"],
            told["Content-Length"] if is_file and not multipart else None,
            told["Accept-Ranges"],
            "ETag" in told,
            "Last-Modified" in told,
        )


def draw(choice: random.Random) -> Case:
    """A request to both."""
    if choice.random() < 0.05:
        first = 2**32 + choice.randint(-1000, 900)
        wanted = choice.choice((f"{first}-{first + choice.randint(0, 99)}", f"-{choice.randint(0, 2000)}", f"{2**32}-"))
        return Case("GET", HUGE, {"Range": f"bytes={wanted}"})
    name = choice.choice(("film.mp4", "film.mp4", *FILES))
    method = choice.choices(("GET", "HEAD", "POST", "OPTIONS", "DELETE"), (80, 15, 3, 1, 1))[0]
    headers = dict(WRITES) if method not in ("GET", "HEAD") else {}
    if choice.random() < 0.85:
        headers["Range"] = a_range(choice, FILES[name])
    for condition, values in (
        ("If-Range", (*TAGS, *DATES)), ("If-None-Match", TAGS), ("If-Match", TAGS),
        ("If-Modified-Since", DATES), ("If-Unmodified-Since", DATES),
    ):  # fmt: skip
        if choice.random() < 0.2:
            headers[condition] = choice.choice(values)
    return Case(method, name, headers)


def a_range(choice: random.Random, size: int) -> str:
    """A Range header of some kind, around the ends of a file."""
    kind = choice.random()
    if kind < 0.25:
        return choice.choice(NOT_RANGES)
    unit = choice.choice(("bytes=", "bytes=", "bytes=", "Bytes=", "BYTES=", "bytes= "))
    if kind < 0.35:
        digits = choice.choice(GIANT)
        return unit + choice.choice((f"{digits}-", f"0-{digits}", f"-{digits}", f"{digits}-{digits}"))
    count = 1 if kind < 0.85 else choice.choice((2, 3, 20))
    return unit + choice.choice((",", ", ")).join(one_range(choice, size) for _ in range(count))


def one_range(choice: random.Random, size: int) -> str:
    """First and last byte, an open end, or a suffix."""
    near = (0, 1, 2, size // 2, size - 2, size - 1, size, size + 1, choice.randrange(size + 2))
    first, last = (max(0, choice.choice(near)) for _ in range(2))
    return choice.choice((f"{min(first, last)}-{max(first, last)}", f"{first}-", f"-{first}"))


def reason(case: Case, ours: Answer, theirs: Answer, whole: bytes) -> Rule | None:
    """The rule that our answer follows, where both differ; None where there is none."""
    if ours.status in (200, 206) and case.method == "GET" and not is_right(ours, whole, case):
        return None
    rules = FIELD_RULES if ours.status == theirs.status else STATUS_RULES
    return next((rule for rule in rules if rule.applies(case, ours, theirs)), None)


def is_right(answer: Answer, whole: bytes, case: Case) -> bool:
    """Whether the bytes are those of the file that the headers say."""
    if case.file == HUGE:
        return True  # nginx has said so
    if answer.status == 200:
        return answer.body == whole
    place, _, size = (answer.content_range or "").removeprefix("bytes ").partition("/")
    first, _, last = place.partition("-")
    return answer.body == whole[int(first) : int(last) + 1] and size == str(len(whole))


def compare(ours: Server, theirs: Server, count: int, seed: int, videos: Path) -> int:
    """Ask both, print what differs; how many differences follow no rule."""
    choice = random.Random(seed)
    contents = {name: (videos / name).read_bytes() for name in FILES} | {HUGE: b""}
    found: Counter[Rule] = Counter()
    statuses: Counter[int] = Counter()
    wrong = 0
    for _ in range(count):
        case = draw(choice)
        one, other = ours.ask(case), theirs.ask(case)
        statuses[one.status] += 1
        if one == other:
            continue
        rule = reason(case, one, other, contents[case.file])
        if rule:
            found[rule] += 1
            continue
        wrong += 1
        if wrong <= 20:
            shown = [answer._replace(body=answer.body[:20]) for answer in (one, other)]
            case = case._replace(headers={name: value[:60] for name, value in case.headers.items()})
            print(f"UNJUSTIFIED {case}\n    ours  {shown[0]}\n    nginx {shown[1]}"[:1500])
    print(f"{count} requests, our answers: " + ", ".join(f"{status} {n}" for status, n in sorted(statuses.items())))
    print("| times | difference | RFC 9110 |\n| --- | --- | --- |")
    for rule, times in found.most_common():
        print(f"| {times} | {rule.what} | {rule.section} |")
    print(f"alike: {count - sum(found.values()) - wrong}; unjustified: {wrong}")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        site = make_site(folder / "site")
        shutil.copytree(collected_static_files(), site.data / "static")
        for file, size in FILES.items():
            (site.videos / file).write_bytes(random.Random(size).randbytes(size))
        with (site.videos / HUGE).open("wb") as huge:
            huge.truncate(HUGE_BYTES)
            huge.seek(2**32 - 500)
            huge.write(random.Random(1).randbytes(1000))
        for path in site.videos.iterdir():
            os.utime(path, (CHANGED, CHANGED))
        site.run("scan_videos")
        with running(site, threads=3) as ours, nginx(site.videos, folder / "nginx") as theirs:
            wrong = compare(Server(ours.port), Server(theirs), options.requests, options.seed, site.videos)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
