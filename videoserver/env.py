"""The environment variables of the server: what each means, and which values stop the start.

Pure: takes a mapping, touches the disk only to look, and knows nothing of Django.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from os import pathsep
from pathlib import Path
from urllib.parse import quote, urlsplit

import dj_database_url

BASE_DIR = Path(__file__).resolve().parent.parent
TRUE_WORDS = frozenset({"1", "on", "true", "yes"})
FALSE_WORDS = frozenset({"", "0", "off", "false", "no"})
HOST_NAME = re.compile(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*")
"""What Django takes for a host name; a leading dot stands for the name and all below it."""


class BadEnvironmentError(Exception):
    """A variable's value can't be used; the message is one line that names the variable."""


class Access(StrEnum):
    """Who may use the site; the admin always needs a staff account."""

    OPEN = "open"
    LOGIN = "login"
    AUTO = "auto"

    def on(self, host: str, names: Iterable[str] = ()) -> "Access":
        """Resolve AUTO for a server that listens on `host` and answers to `names`.

        Open where all of them are this machine's own; a foreign name on a loopback address is a proxy's.
        """
        if self is not Access.AUTO:
            return self
        return Access.OPEN if all(map(is_loopback, (host, *names))) else Access.LOGIN


@dataclass(frozen=True)
class Environment:
    """The checked values; the README's configuration table explains each."""

    video_roots: tuple[tuple[str, Path], ...]
    """(mount, directory): the first mount is "", each further one is its folder's name."""
    video_dirs_configured: bool
    data_dir: Path
    database_url: str
    redis_url: str
    """Empty where none is used."""
    hosts: tuple[str, ...]
    access: Access
    query_cache_seconds: int
    debug: bool

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> "Environment":
        """Check all variables. Raises BadEnvironmentError."""
        data_dir = _directory("VIDEOSERVER_DATA_DIR", variables.get("VIDEOSERVER_DATA_DIR") or str(BASE_DIR / "var"))
        configured = variables.get("VIDEOSERVER_VIDEO_DIRS", "")
        return cls(
            video_roots=_video_roots(configured or str(BASE_DIR / "videos"), data_dir),
            video_dirs_configured=bool(configured),
            data_dir=data_dir,
            database_url=_database_url(variables.get("DATABASE_URL", ""), data_dir),
            redis_url=_redis_url(variables.get("REDIS_URL", "")),
            hosts=_hosts(variables.get("VIDEOSERVER_HOSTS") or "localhost,127.0.0.1,[::1]"),
            access=_access(variables.get("VIDEOSERVER_ACCESS") or "auto"),
            query_cache_seconds=_seconds(variables.get("VIDEOSERVER_QUERY_CACHE_SECONDS") or "300"),
            debug=_flag("VIDEOSERVER_DEBUG", variables.get("VIDEOSERVER_DEBUG", "")),
        )

    @property
    def https_origins(self) -> list[str]:
        """What a browser names as a page's origin when a proxy speaks TLS for us, as Django writes them."""
        return [f"https://{'*' * name.startswith('.')}{name}" for name in self.hosts if name != "*"]

    def variables(self) -> dict[str, str]:
        """The variables that hold paths, made absolute: for processes that run in another folder."""
        return {
            "VIDEOSERVER_VIDEO_DIRS": pathsep.join(str(directory) for _, directory in self.video_roots),
            "VIDEOSERVER_DATA_DIR": str(self.data_dir),
            "DATABASE_URL": self.database_url,
        }


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _directory(name: str, value: str) -> Path:
    if "\0" in value:
        raise BadEnvironmentError(f"{name}: the path has a NUL character")
    try:
        path = Path(value).expanduser().resolve()
        is_something_else = path.exists() and not path.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # too long, a circle of links, no such home
        raise BadEnvironmentError(f"{name}: {value!r} is no path to a folder: {error}") from error
    if is_something_else:
        raise BadEnvironmentError(f"{name}: {path} is not a folder")
    return path


def _video_roots(value: str, data_dir: Path) -> tuple[tuple[str, Path], ...]:
    name = "VIDEOSERVER_VIDEO_DIRS"
    directories = [_directory(name, part) for part in value.split(pathsep) if part.strip()]
    if not directories:
        raise BadEnvironmentError(f"{name}: no folder is named in {value!r}")
    mounts = ["", *(directory.name for directory in directories[1:])]
    for index, directory in enumerate(directories):
        if data_dir.is_relative_to(directory):
            raise BadEnvironmentError(f"VIDEOSERVER_DATA_DIR: {data_dir} lies inside the library root {directory}")
        if directory.is_relative_to(data_dir):
            raise BadEnvironmentError(f"{name}: {directory} lies inside the data dir {data_dir}")
        for other in directories[:index]:
            if directory.is_relative_to(other) or other.is_relative_to(directory):
                raise BadEnvironmentError(f"{name}: {directory} and {other} overlap")
        if mounts.count(mounts[index]) > 1:
            raise BadEnvironmentError(f"{name}: two folders would be mounted under the name {mounts[index]!r}")
    return tuple(zip(mounts, directories, strict=True))


def _database_url(value: str, data_dir: Path) -> str:
    if not value:
        return _sqlite_url("VIDEOSERVER_DATA_DIR", data_dir / "db.sqlite3")
    if value.split(":", 1)[0] not in {"sqlite", "postgres", "postgresql"}:
        raise BadEnvironmentError("DATABASE_URL: only sqlite:// and postgresql:// are supported")
    try:
        database = str(dj_database_url.parse(value)["NAME"])
    except ValueError:
        raise BadEnvironmentError("DATABASE_URL: this is not scheme://user:password@host:port/name") from None
    if not value.startswith("sqlite"):
        return value
    if database == ":memory:":
        raise BadEnvironmentError("DATABASE_URL: a database in memory is not shared by the server's processes")
    file = Path(database).absolute()
    _directory("DATABASE_URL", str(file.parent))
    if file.is_dir() or not (file.parent == data_dir or file.parent.is_dir()):
        raise BadEnvironmentError(f"DATABASE_URL: there can be no file {file}")
    query = urlsplit(value).query
    return _sqlite_url("DATABASE_URL", file) + "?" * bool(query) + query


def _sqlite_url(name: str, file: Path) -> str:
    try:
        return f"sqlite:///{quote(str(file))}"
    except UnicodeEncodeError:
        raise BadEnvironmentError(f"{name}: the path {str(file)!r} is not UTF-8") from None


def _redis_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("redis", "rediss") and parts.hostname and (parts.port or True)
    except ValueError:
        good = False
    if value and not good and not value.startswith("unix:///"):
        raise BadEnvironmentError(f"REDIS_URL: {value!r} is none of redis://host:port/0, rediss://…, unix:///path")
    return value


def _hosts(value: str) -> tuple[str, ...]:
    hosts = tuple(_host(host.strip()) for host in value.split(",") if host.strip())
    if not hosts:
        raise BadEnvironmentError("VIDEOSERVER_HOSTS: no host name is given")
    return hosts


def _host(value: str) -> str:
    """A name as Django compares it: lower case, no port, an IPv6 address short and in brackets."""
    try:
        address = ip_address(value[1:-1] if value.startswith("[") and value.endswith("]") else value)
        if "%" in value:
            raise BadEnvironmentError(f"VIDEOSERVER_HOSTS: {value!r} has a zone, which no browser sends")
    except ValueError:
        pass
    else:
        return f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    name = value.lower().removesuffix(".")
    if name == "*" or HOST_NAME.fullmatch(name):
        return name
    without_port = re.sub(r":\d+\Z", "", name)
    if without_port != name and HOST_NAME.fullmatch(without_port.strip("[]").replace(":", "")):
        raise BadEnvironmentError(f"VIDEOSERVER_HOSTS: {value!r} has a port; give the name alone")
    raise BadEnvironmentError(f"VIDEOSERVER_HOSTS: {value!r} is not a host name")


def _access(value: str) -> Access:
    try:
        return Access(value.strip().lower())
    except ValueError:
        raise BadEnvironmentError(f"VIDEOSERVER_ACCESS: {value!r} is none of open, login, auto") from None


def _seconds(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) > 0):
        raise BadEnvironmentError(f"VIDEOSERVER_QUERY_CACHE_SECONDS: {value!r} is not a number of seconds, 1 or more")
    return int(value)


def _flag(name: str, value: str) -> bool:
    word = value.strip().lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise BadEnvironmentError(f"{name}: {value!r} is neither on nor off")
    return word in TRUE_WORDS
