"""A hundred thousand requests such as no browser makes, at a real server: nothing breaks, hangs, leaks or gets out.

    python -m benchmarks.fuzz_requests [--requests 100000] [--seed 1]

A temporary site has films, and secrets above its library, beside it, in the data dir and behind links that lead out.
Its web processes are started with the options of `serve`. Clients in two processes draw requests at every route there
is (tests/hostile_requests.py), half of them as staff, and one in thirty is mangled on its way. Where root permits, all
of it runs in a network namespace of its own, whose counters tell whether the server opened a connection or sent a
datagram.

Exit code 1 when an answer is 500 or 503, takes over ten seconds or holds a secret, when the log holds a traceback, a
web process died, a file or process is left open, memory grows by more than 4 MB in the second half, or a connection
went out.
"""

import argparse
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

from tests.environment import HOUSE, Site, collected_static_files, make_site
from tests.gunicorn_server import Gunicorn, running
from tests.hostile_requests import SECRET, Hostile, draw
from tests.serving import site_processes
from videoserver.management.commands.serve import THREADS, WEB_ENVIRONMENT, WEB_PROCESSES

PROCESSES, CLIENTS = 2, 4
"""Clients of each process."""
LONGEST_SECONDS = 10.0
MANGLED = 1 / 30
MEMORY_MB = 4
"""What a web process may grow by from half-way to the end. Until then it fills its caches."""
WARM_UP = 4000
ENDING_SESSIONS = ("/logout", "/admin/logout", "/account", "/admin/auth", "/admin/password")
NOT_READY = "/health/ready"
"""Says 503, and is right: no task worker runs."""
SESSIONS = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from library.models import Video
grace = get_user_model().objects.create_superuser("grace", password="secret")
backend = "django.contrib.auth.backends.ModelBackend"
session = SessionStore()
session.update({SESSION_KEY: str(grace.pk), BACKEND_SESSION_KEY: backend})
session.update({HASH_SESSION_KEY: grace.get_session_auth_hash()})
session.save()
Video.create_whole([Video(path=path) for path in ("leak.mp4", "sub/leak.mp4", "tunnel/secret.mp4")])
print(session.session_key)
"""


def prepared(folder: Path) -> tuple[Site, str]:
    """A site with films among secrets, and the key of a session of its staff."""
    site = make_site(folder / "site")
    shutil.copytree(collected_static_files(), site.data / "static")
    twin = site.folder / "videos-private"
    for place in (site.videos / "sub", twin):
        place.mkdir()
    for name in ("a.mp4", "b.mp4", "sub/c.mp4"):
        (site.videos / name).write_bytes(name.encode() * 100_000)
    for place in (site.folder, site.data, twin, folder):
        (place / "secret.mp4").write_bytes(SECRET)
    site.run("scan_videos")
    for link in ("leak.mp4", "sub/leak.mp4"):
        (site.videos / link).symlink_to(twin / "secret.mp4")
    (site.videos / "tunnel").symlink_to(twin)
    return site, site.run("shell", "-v0", "-c", SESSIONS).stdout.strip()


class Client:
    """One visitor, who keeps a connection while the server does."""

    def __init__(self, port: int, session: str, seed: int) -> None:
        self.port, self.session, self.choice = port, session, random.Random(seed)
        self.connection: socket.socket | None = None
        self.connections = 0
        self.statuses: Counter[str] = Counter()
        self.findings: list[str] = []

    def run(self, count: int) -> None:
        """Send so many requests."""
        for _ in range(count):
            request = draw(self.choice)
            if self.choice.random() < 0.5 and not request.target.startswith(ENDING_SESSIONS):
                cookies = f"sessionid={self.session}; {request.headers.get('Cookie', '')}"
                request = request._replace(headers=request.headers | {"Cookie": cookies})
            began = time.monotonic()
            if self.choice.random() < MANGLED:
                self._send_mangled(request.wire())
            else:
                self._send(request)
            if time.monotonic() - began > LONGEST_SECONDS:
                self._find("took too long", request)
        self._hang_up()

    def _send(self, request: Hostile) -> None:
        kept = self.connection is not None
        try:
            status, body = self._exchange(request)
        except (OSError, HTTPException) as error:
            self._hang_up()
            if kept and not isinstance(error, TimeoutError):  # the server had ended it before we sent
                self._send(request)
            elif len(request.body) > 65_536 and not isinstance(error, TimeoutError):
                self.statuses["refused before its end"] += 1
            else:
                self._find(f"no answer: {error!r}", request)
            return
        self.statuses[str(status)] += 1
        if status == 500 or (status == 503 and not request.target.startswith(NOT_READY)):
            self._find(str(status), request)
        if SECRET in body or b"Traceback (most" in body:
            self._find("tells what it must not", request)

    def _exchange(self, request: Hostile) -> tuple[int, bytes]:
        connection = self.connection or self._connect()
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before its end; the answer may be there
            connection.sendall(request.wire())
        with closing(HTTPResponse(connection, method=request.method)) as response:
            response.begin()
            body = response.read()
            if response.will_close:
                self._hang_up()
        return response.status, body

    def _send_mangled(self, wire: bytes) -> None:
        """Bytes that were changed, cut or put in; what comes back may be anything but a secret."""
        self._hang_up()
        sent = bytearray(wire[:100_000])
        for _ in range(self.choice.choice((1, 3, 20))):
            at = self.choice.randrange(len(sent))
            sent[at : at + self.choice.randrange(4)] = self.choice.randbytes(self.choice.randrange(4)) or b"\r\n"
        connection = self._connect()
        received = b""
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while block := connection.recv(1 << 20):
                received += block
        except TimeoutError:
            self.findings.append(f"mangled: no end: {bytes(sent[:300])!r}")
        except OSError:
            pass
        self.statuses["mangled"] += 1
        if SECRET in received or b" 500 " in received[:20]:
            self.findings.append(f"mangled: {bytes(sent[:600])!r}")
        self._hang_up()

    def _connect(self) -> socket.socket:
        self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=LONGEST_SECONDS)
        self.connections += 1
        return self.connection

    def _hang_up(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None

    def _find(self, what: str, request: Hostile) -> None:
        shown = {name: value[:100] for name, value in request.headers.items()}
        self.findings.append(f"{what}: {request.method} {request.target[:1000]} {shown} {request.body[:300]!r}")


def clients(port: int, session: str, seed: int, count: int) -> None:
    """What one of the processes does: prints what its clients saw, as JSON."""
    crowd = [Client(port, session, seed * 1000 + number) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda client: client.run(count // CLIENTS), crowd))
    statuses = sum((client.statuses for client in crowd), Counter[str]())
    findings = [finding for client in crowd for finding in client.findings]
    json.dump([sum(client.connections for client in crowd), statuses, findings], sys.stdout)


def attack(port: int, session: str, seed: int, count: int) -> tuple[int, Counter[str], list[str]]:
    """Connections made, answers by status, and what was found."""
    command = [sys.executable, "-m", "benchmarks.fuzz_requests", "--clients", str(port), session]
    attackers = [
        subprocess.Popen(
            [*command, "--seed", str(seed * PROCESSES + number), "--requests", str(count // PROCESSES)],
            cwd=HOUSE, text=True, stdout=subprocess.PIPE,
        )
        for number in range(PROCESSES)
    ]  # fmt: skip
    told: list[Any] = [json.loads(attacker.communicate()[0]) for attacker in attackers]
    statuses = sum((Counter(one[1]) for one in told), Counter[str]())
    return sum(one[0] for one in told), statuses, [finding for one in told for finding in one[2]]


def memory(server: Gunicorn) -> list[float]:
    """Resident, of each web process, in MB."""
    return [
        int(line.split()[1]) / 1000
        for pid in server.workers()
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    ]


def settled(server: Gunicorn, descriptors: int) -> int:
    """How many descriptors are open, once they are as few as those, or 20 seconds later."""
    deadline = time.monotonic() + 20
    while server.descriptors() > descriptors and time.monotonic() < deadline:
        time.sleep(0.2)
    return server.descriptors()


def counter(protocol: str, name: str) -> int:
    """Of this network namespace."""
    names, values = (
        line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith(f"{protocol}:")
    )
    return int(values[names.index(name)])


def measure(count: int, seed: int, isolated: bool) -> list[str]:
    """Run it, print what was seen; what must not be."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site, session = prepared(folder)
        log = folder / "log"
        with (
            log.open("wb") as errors,
            running(site, workers=WEB_PROCESSES, threads=THREADS, errors=errors, **WEB_ENVIRONMENT) as server,
        ):
            attack(server.port, session, seed + 10**6, WARM_UP)
            workers, before = server.workers(), memory(server)
            descriptors, family = settled(server, 0), len(site_processes(site))
            opened, datagrams = counter("Tcp", "ActiveOpens"), counter("Udp", "OutDatagrams")
            began = time.monotonic()
            connections, statuses, wrong, halfway = 0, Counter[str](), [], before
            for half in range(2):
                halfway = memory(server)
                made, told_now, found = attack(server.port, session, 2 * seed + half, count // 2)
                connections, statuses, wrong = connections + made, statuses + told_now, wrong + found
            seconds = time.monotonic() - began
            left, after = settled(server, descriptors), memory(server)
            opened, datagrams = counter("Tcp", "ActiveOpens") - opened, counter("Udp", "OutDatagrams") - datagrams
            wrong += [f"web processes {workers} became {server.workers()}"] * (server.workers() != workers)
            wrong += [f"{left} descriptors, before {descriptors}"] * (left > descriptors)
            wrong += [f"{len(site_processes(site))} processes, before {family}"] * (len(site_processes(site)) > family)
        grew = max(late - early for early, late in zip(halfway, after, strict=True))
        wrong += [f"memory {halfway} became {after} MB"] * (grew > MEMORY_MB)
        told = log.read_text(errors="replace")
        wrong += [f"the log: Traceback{trace[:4000]}" for trace in told.split("Traceback")[1:][:10]]
    if isolated:
        wrong += [f"{opened - connections} connections and {datagrams} datagrams went out"] * (
            opened != connections or bool(datagrams)
        )
    print(f"{sum(statuses.values())} requests in {seconds:.0f} s over {connections} connections")
    print("answers: " + ", ".join(f"{status} {times}" for status, times in sorted(statuses.items())))
    print(f"descriptors {descriptors} before, {left} after; log: {len(told.splitlines())} lines")
    print(
        "memory of the web processes: "
        + ", ".join(f"{a:.1f}, {b:.1f}, {c:.1f} MB" for a, b, c in zip(before, halfway, after, strict=True))
    )
    print(
        f"went out: {opened - connections} connections, {datagrams} datagrams" if isolated else "network not isolated"
    )
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--isolated", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.clients:
        clients(int(options.clients[0]), options.clients[1], options.seed, options.requests)
        return
    if not options.isolated and os.geteuid() == 0 and shutil.which("unshare") and shutil.which("ip"):
        again = f"ip link set lo up && exec {sys.executable} -m benchmarks.fuzz_requests --isolated " + " ".join(
            sys.argv[1:]
        )
        sys.exit(subprocess.run(["unshare", "--net", "sh", "-c", again], cwd=HOUSE, check=False).returncode)
    wrong = measure(options.requests, options.seed, options.isolated)
    for finding in wrong[:20]:
        print(f"WRONG {finding}")
    sys.exit(f"{len(wrong)} findings" if wrong else 0)


if __name__ == "__main__":
    main()
