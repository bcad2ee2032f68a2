"""The query cache in Redis: shared by all processes of several machines, with a count of invalidations for moments.

No clock of any machine matters: a look-up notes the count, an invalidation raises it, and each result and table bears
the number of its moment. The count starts at the time of day, so that one that was lost never begins low again.

Redis may go away at any time. Reads then ask the database, and Redis again after a second. What a Redis that was
started anew brings back from its disk may lack invalidations: whoever reaches it first throws that away, as its run id
tells. Where an invalidation fails, and others may still reach what it was meant for, the write that caused it is not
acknowledged, and nothing is read from Redis here until the invalidation got through.
"""

from __future__ import annotations

import functools
import pickle
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.db import OperationalError
from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from monitoring.counting import tally_of
from monitoring.query_cache import StampedCache

TIMEOUT_SECONDS = 0.5
"""How long Redis may take for anything."""

AWAY_SECONDS = 1.0
"""How long it is not asked after it did not answer."""

STAMP = """
if redis.call('EXISTS', KEYS[1]) == 0 then
    redis.call('SET', KEYS[1], redis.call('TIME')[1] .. '000000')
end
local moment = redis.call('INCR', KEYS[1])
for index = 2, #KEYS do
    if ARGV[1] == '0' or redis.call('EXISTS', KEYS[index]) == 0 then
        if ARGV[2] == '' then
            redis.call('SET', KEYS[index], moment)
        else
            redis.call('SET', KEYS[index], moment, 'EX', ARGV[2])
        end
    end
end
return moment
"""
"""KEYS: the count, then tables; ARGV: 1 for those alone that have no stamp, and the seconds to live. In one step."""

T = TypeVar("T")

NOT_THERE = (ConnectionRefusedError, FileNotFoundError)


class QueryCacheUnreachableError(OperationalError):
    """The change was made, but others may be shown what was before, until Redis can be reached."""

    change_was_made = True


class StampedRedisCache(StampedCache):
    """The three rules on Redis. OPTIONS: `COUNTS`, the folder of this machine's counts."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._server = _server_at(location, self.key_prefix)
        self._clock = self.make_key("clock")
        self.tally = tally_of(Path(params["OPTIONS"]["COUNTS"]))

    def look_up(self, keys: list[str], version: int | None) -> tuple[float | None, dict[str, Any]]:
        asked = [self._clock, *(self.make_key(key, version) for key in keys)]
        values = self._server.read(lambda redis: redis.mget(asked))
        if not values or values[0] is None:
            return None, {}
        found = {key: _loaded(value) for key, value in zip(keys, values[1:], strict=True) if value is not None}
        return int(values[0]), found

    def stamp(self, tables: list[str], timeout: Any, version: int | None, *, only_first: bool) -> None:
        keys = [self._clock, *(self.make_key(table, version) for table in tables)]
        seconds = self._seconds(timeout)
        if only_first:
            self._server.read(lambda redis: redis.eval(STAMP, len(keys), *keys, 1, seconds or ""))
        else:
            self._server.invalidate(keys, seconds)

    def store(self, results: dict[str, tuple[float, Any]], timeout: Any, version: int | None) -> None:
        seconds = self._seconds(timeout)

        def keep(redis: Redis) -> None:
            pipeline = redis.pipeline(transaction=False)
            for key, value in results.items():
                pipeline.set(self.make_key(key, version), _packed(value), ex=seconds)
            pipeline.execute()

        self._server.read(keep)

    def last_invalidation(self) -> int | None:
        value = self._server.read(lambda redis: redis.get(self._clock))
        if value is None:
            self.stamp([], None, None, only_first=True)
        return None if value is None else int(value)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        value = self._server.read(lambda redis: redis.get(self.make_key(key, version)))
        return default if value is None else _loaded(value)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self.store({key: value}, timeout, version)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        name, packed = self.make_key(key, version), pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        return bool(
            self._server.read(lambda redis: redis.set(name, packed, nx=True, ex=self._seconds(timeout) or None))
        )

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._server.read(lambda redis: redis.delete(self.make_key(key, version))))

    def clear(self) -> None:
        self._server.read(lambda redis: _forget(redis, self.key_prefix))
        self.stamp([], None, None, only_first=True)
        self.tally.begin_anew()

    def _seconds(self, timeout: Any) -> int | None:
        """As Redis takes them; None for ever."""
        if timeout == DEFAULT_TIMEOUT:
            timeout = self.default_timeout
        return None if timeout is None else max(1, int(timeout))


def _packed(value: Any) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _loaded(value: Any) -> Any:
    return int(value) if value.isdigit() else pickle.loads(value)  # noqa: S301 - who can write to Redis is trusted


def _forget(redis: Redis, prefix: str) -> None:
    for key in redis.scan_iter(match=f"{prefix}:*", count=1000):
        redis.delete(key)


@functools.cache
def _server_at(url: str, prefix: str) -> _Server:
    """One for all threads of this process."""
    return _Server(url, prefix)


class _Server:
    """Redis, which may be away."""

    def __init__(self, url: str, prefix: str) -> None:
        self._prefix = prefix
        self._pool = ConnectionPool.from_url(
            url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1), redis_connect_func=self._greet,
        )  # fmt: skip
        self._redis = Redis(connection_pool=self._pool)
        self._away_until = 0.0
        self._lock = threading.Lock()
        self._owed: list[tuple[list[str], int | None]] = []

    def read(self, ask: Callable[[Redis], T]) -> T | None:
        """What Redis answers; None while it is away, or while it holds what should be invalid."""
        if time.monotonic() < self._away_until:
            return None
        try:
            self._settle()
            return ask(self._redis)
        except (RedisError, OSError):
            self._away_until = time.monotonic() + AWAY_SECONDS
            return None

    def invalidate(self, keys: list[str], seconds: int | None) -> None:
        """Stamp tables. Raises QueryCacheUnreachableError where others may still see them as they were."""
        try:
            self._redis.eval(STAMP, len(keys), *keys, 0, seconds or "")
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            if _is_not_there(error):
                return
            with self._lock:
                self._owed.append((keys, seconds))
            raise QueryCacheUnreachableError(f"Redis does not answer: {error}") from error

    def _settle(self) -> None:
        """Stamp what could not be stamped when it was written to."""
        while self._owed:
            with self._lock:
                if not self._owed:
                    return
                keys, seconds = self._owed[0]
                self._redis.eval(STAMP, len(keys), *keys, 0, seconds or "")
                self._owed.pop(0)

    def _greet(self, connection: Any) -> None:
        """Begin a connection; throw away what a Redis brought back that was started since the last of us saw it."""
        connection.on_connect()
        run_id = re.search(rb"run_id:(\w+)", _asked(connection, "INFO", "server"))
        known_as = f"{self._prefix}:run"
        run = run_id[1] if run_id else b""
        if _asked(connection, "GET", known_as) != run:
            cursor = b"0"
            while True:
                cursor, keys = _asked(connection, "SCAN", cursor, "MATCH", f"{self._prefix}:*", "COUNT", 1000)
                if keys:
                    _asked(connection, "DEL", *keys)
                if cursor == b"0":
                    break
            _asked(connection, "SET", known_as, run)


def _asked(connection: Any, *command: Any) -> Any:
    connection.send_command(*command)
    return connection.read_response()


def _is_not_there(error: BaseException | None) -> bool:
    """Whether nothing listens there: then nobody sees anything of it, and what it kept is thrown away later."""
    while error is not None:
        if isinstance(error, NOT_THERE):
            return True
        error = error.__cause__ or error.__context__
    return False
