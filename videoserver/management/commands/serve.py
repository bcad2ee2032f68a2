"""manage.py serve"""

import fcntl
import os
import secrets
import socket
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils.module_loading import import_string

from videoserver import demo
from videoserver.data_dir import OURS_ALONE
from videoserver.env import Access, is_loopback
from videoserver.staticfiles import collect_if_changed
from videoserver.supervisor import Child, Supervisor

WEB_PROCESSES = 2
THREADS = 3
"""Of each web process. They compute; sending is the business of others, see videoserver/byte_worker.py."""
WEB_WORKER = "videoserver.byte_worker.ByteWorker" if sys.platform.startswith("linux") else "gthread"
WEB_ENVIRONMENT = {"MALLOC_ARENA_MAX": "1", "PYTHONOPTIMIZE": "2", "PYTHONNODEBUGRANGES": "1"}
"""For little memory: one heap for all threads, which else keep what each once needed; no docstrings, no columns."""
MOST_WORKERS = 4


def port_number(text: str) -> int:
    """A TCP port; 0 takes a free one."""
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise ArgumentTypeError(f"{text!r} is not a port number")
    return int(text)


def thread_count(text: str) -> int:
    """1 to 1,000 threads."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise ArgumentTypeError(f"{text!r} is not a number of threads, 1 to 1000")
    return int(text)


def worker_count() -> int:
    """As many task workers as we have cores: each draws one video at a time, by one thread."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_WORKERS)


class Command(BaseCommand):
    """The whole server, by one command."""

    help = "Runs the server: migrates, starts the web server and the task workers, and watches the library."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=port_number, default=8000, help="default: %(default)s")
        parser.add_argument(
            "--threads",
            type=thread_count,
            default=THREADS,
            help="how many requests each web process computes at once; a stream takes none (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host = options["host"]
        if settings.DEBUG and not is_loopback(host):
            raise CommandError("VIDEOSERVER_DEBUG shows the server's inside: it listens on the loopback address only.")
        with self._alone():
            self._prepare()
            with self._listen(host, options["port"]) as listener:
                access = settings.ENVIRONMENT.access.on(host, settings.ALLOWED_HOSTS)
                self._announce(host, listener.getsockname()[1], access)
                children = self._children(listener.fileno(), options["threads"])
                environment = {**os.environ, **settings.ENVIRONMENT.variables(), "VIDEOSERVER_ACCESS": access.value}
                sampler = import_string("monitoring.sampler.Sampler")()
                supervisor = Supervisor(
                    children, environment, [listener.fileno()], settings.BASE_DIR, meanwhile=sampler.tick
                )
                sys.exit(supervisor.run())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the data dir for one `serve`. The kernel frees it with our end; our children don't inherit it."""
        with (settings.DATA_DIR / "serve.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(f"Another server runs on {settings.DATA_DIR}: stop that one first.") from None
            yield

    def _prepare(self) -> None:
        """All that must be there before the first request."""
        demo.switch_if_nothing_to_show(self.stdout)
        call_command("migrate", interactive=False, verbosity=0)
        with suppress(OperationalError):  # what can't be carried now counts where it is, and is carried another time
            import_string("library.positions.carry")()
        collect_if_changed()
        cache.clear()
        self._make_first_account()

    def _make_first_account(self) -> None:
        accounts = get_user_model().objects
        if not accounts.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists():  # an import makes such
            password = secrets.token_urlsafe(9)
            admin, _ = accounts.get_or_create(username="admin")
            admin.is_staff = admin.is_superuser = True
            admin.set_password(password)
            admin.save()
            self.stdout.write(f"The first account is admin, its password {password} (shown only now).")

    def _listen(self, host: str, port: int) -> socket.socket:
        """A listening socket, made here so that an address in use is one clear line."""
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listener = socket.socket(family, kind, protocol)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(2048)
        except OSError as error:
            raise CommandError(f"Can't listen on {host}, port {port}: {error.strerror or error}") from error
        listener.set_inheritable(True)
        return listener

    def _children(self, listener: int, threads: int) -> list[Child]:
        web = [sys.executable, "-m", "gunicorn", "videoserver.wsgi", "--bind", f"fd://{listener}"]
        web += ["--worker-class", WEB_WORKER, "--workers", str(WEB_PROCESSES), "--threads", str(threads)]
        web += ["--preload"]  # for what the processes load is then loaded, and in memory, once
        web += ["--worker-connections", "1000", "--keep-alive", "15", "--graceful-timeout", "3"]
        web += ["--forwarded-allow-ips", ""]  # nobody's forwarded headers are believed, a local proxy's neither
        web += ["--umask", str(OURS_ALONE), "--log-level", "warning", "--no-control-socket"]
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        worker = [*manage, "media_worker", "--parent", str(os.getpid()), "--grace", "3"]
        watcher = [*manage, "watch_videos", "--verbosity", "0"]
        return [
            Child("The web server", web, essential=True, environment=WEB_ENVIRONMENT),
            *(Child(f"Worker {number}", worker, essential=False, nice=10) for number in range(1, worker_count() + 1)),
            Child("The watcher", watcher, essential=False, nice=5),
        ]

    def _announce(self, host: str, port: int, access: Access) -> None:
        folders = os.pathsep.join(str(directory) for _, directory in settings.VIDEO_ROOTS)
        rule = "anyone who reaches it may enter" if access is Access.OPEN else "every page needs an account"
        self.stdout.write(f"Videos: {folders}")
        self.stdout.write(f"Open http://{self._shown(host)}:{port}/ - {rule}.")
        foreign = [name for name in settings.ALLOWED_HOSTS if not is_loopback(name)]
        if not is_loopback(host) and not foreign:
            self.stdout.write("Other machines: name this one in VIDEOSERVER_HOSTS, or they get an error.")
        if is_loopback(host) and foreign:
            self.stdout.write(f"It listens to this machine alone: {', '.join(foreign)} must be a proxy's name.")
        self.stdout.write("Ctrl-C stops it.")
        self.stdout.flush()

    def _shown(self, host: str) -> str:
        """The name to open in a browser."""
        if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            return next((name for name in settings.ALLOWED_HOSTS if name[0] not in "*."), "localhost")
        return f"[{host}]" if ":" in host else host
