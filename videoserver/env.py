"""The environment variables of the server: what each means, and which values stop the start.

Pure: takes a mapping, touches the disk only to look, and knows nothing of Django.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from os import pathsep
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
TRUE_WORDS = frozenset({"1", "on", "true", "yes"})
FALSE_WORDS = frozenset({"", "0", "off", "false", "no"})


class BadEnvironmentError(Exception):
    """A variable's value can't be used; the message is one line that names the variable."""


class Access(StrEnum):
    """Who may use the site; the admin always needs a staff account."""

    OPEN = "open"
    LOGIN = "login"
    AUTO = "auto"

    def on(self, host: str) -> "Access":
        """Resolve AUTO for a server that listens on `host`: open on loopback, login elsewhere."""
        if self is not Access.AUTO:
            return self
        return Access.OPEN if is_loopback(host) else Access.LOGIN


@dataclass(frozen=True)
class Environment:
    """The checked values; the README's configuration table explains each."""

    video_roots: tuple[tuple[str, Path], ...]
    """(mount, directory): the first mount is "", each further one is its folder's name."""
    video_dirs_configured: bool
    data_dir: Path
    database_url: str
    hosts: tuple[str, ...]
    access: Access
    query_cache_seconds: int
    debug: bool

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> "Environment":
        """Check all variables. Raises BadEnvironmentError."""
        data_dir = _directory("VIDEOSERVER_DATA_DIR", variables.get("VIDEOSERVER_DATA_DIR") or str(BASE_DIR / "var"))
        configured = variables.get("VIDEOSERVER_VIDEO_DIRS", "")
        if variables.get("REDIS_URL"):
            raise BadEnvironmentError("REDIS_URL: this version keeps its cache and queue in the data dir; unset it")
        return cls(
            video_roots=_video_roots(configured or str(BASE_DIR / "videos"), data_dir),
            video_dirs_configured=bool(configured),
            data_dir=data_dir,
            database_url=_database_url(variables.get("DATABASE_URL", ""), data_dir),
            hosts=_hosts(variables.get("VIDEOSERVER_HOSTS") or "localhost,127.0.0.1,[::1]"),
            access=_access(variables.get("VIDEOSERVER_ACCESS") or "auto"),
            query_cache_seconds=_seconds(variables.get("VIDEOSERVER_QUERY_CACHE_SECONDS") or "300"),
            debug=_flag("VIDEOSERVER_DEBUG", variables.get("VIDEOSERVER_DEBUG", "")),
        )


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
    except (OSError, RuntimeError) as error:  # a name that is too long, links in a circle, no such user's home
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
        for other in directories[:index]:
            if directory.is_relative_to(other) or other.is_relative_to(directory):
                raise BadEnvironmentError(f"{name}: {directory} and {other} overlap")
        if mounts.count(mounts[index]) > 1:
            raise BadEnvironmentError(f"{name}: two folders would be mounted under the name {mounts[index]!r}")
    return tuple(zip(mounts, directories, strict=True))


def _database_url(value: str, data_dir: Path) -> str:
    if not value:
        return f"sqlite:///{data_dir / 'db.sqlite3'}"
    if value.split(":", 1)[0] not in {"sqlite", "postgres", "postgresql"}:
        raise BadEnvironmentError("DATABASE_URL: only sqlite:// and postgresql:// are supported")
    return value


def _hosts(value: str) -> tuple[str, ...]:
    hosts = tuple(host.strip() for host in value.split(",") if host.strip())
    if not hosts:
        raise BadEnvironmentError("VIDEOSERVER_HOSTS: no host name is given")
    for host in hosts:
        if any(character in host for character in "/ @") or "://" in host:
            raise BadEnvironmentError(f"VIDEOSERVER_HOSTS: {host!r} is not a host name")
    return hosts


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
