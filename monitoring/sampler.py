"""Takes a sample each minute, and looks whether the site is well.

One process of the site does that, `serve` itself, between its other duties: a transaction of some milliseconds, which
waits a few seconds at most for others who write.
"""

from __future__ import annotations

import logging
import time

from django.conf import settings
from django.db import DatabaseError, connection

from monitoring import health
from monitoring.ledger import ledger_of
from monitoring.sampling import MINUTE, Scales, take_sample

LOCK_MILLISECONDS = 5000
"""How long we wait for the database, before we try again later."""
LOOK_SECONDS = 20.0
"""Between two looks whether the site is well."""
logger = logging.getLogger(__name__)


class Sampler:
    """Does what is due. Never fails: what goes wrong is logged, and tried again when it is due again."""

    def __init__(self, patience: float = LOOK_SECONDS) -> None:
        self._sample_at = 0.0
        self._patience = patience
        self._look_at = time.time() + patience
        """Others that start with us need some seconds before all is well."""
        self._scales = Scales({"thumbnails": settings.THUMBNAILS_DIR, "cache": settings.QUERY_CACHE_DIR})
        ledger_of(settings.METRICS_DIR).join()

    def tick(self) -> None:
        """Call it about once a second."""
        now = time.time()
        try:
            if _is_due(self._sample_at, now, MINUTE):
                self._sample_at = (now // MINUTE + 1) * MINUTE
                self._take_sample()
            if _is_due(self._look_at, now, self._patience):
                self._patience = LOOK_SECONDS
                self._look_at = now + LOOK_SECONDS
                health.tell()
        except DatabaseError as error:
            logger.warning("No sample was taken, the next one will hold it too: %s", error)
        except OSError as error:
            logger.warning("What was found can't be kept: %s", error)
        except Exception:  # a fault in measuring must not end the server
            logger.exception("The sampler failed")

    def _take_sample(self) -> None:
        if connection.vendor == "sqlite":
            connection.cursor().execute(f"PRAGMA busy_timeout = {LOCK_MILLISECONDS}")
        take_sample(self._scales.weigh())


def _is_due(moment: float, now: float, ahead: float) -> bool:
    """Whether that moment has come. One that is further ahead than it ever was set: the clock was set back since."""
    return not now < moment <= now + ahead
