from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS
from django.db.transaction import Atomic


class MonitoringConfig(AppConfig):
    name = "monitoring"
    verbose_name = "Monitoring"

    def ready(self) -> None:
        from monitoring.counting_work import begin

        forget_transactions_that_did_not_begin()
        begin()


def forget_transactions_that_did_not_begin() -> None:
    """Take back what cachalot notes of a transaction whose BEGIN fails, as that of a locked database does.

    Else the thread would read from and write to a cache of that transaction for good: what it writes later would make
    no result void. Comes before cachalot's own change of the same method, which calls this one.
    """
    from cachalot.cache import cachalot_caches

    begin = Atomic.__enter__

    def enter(self: Any) -> None:
        try:
            begin(self)
        except BaseException:
            noted = cachalot_caches.atomic_caches[self.using or DEFAULT_DB_ALIAS]
            if noted:
                noted.pop()
            raise

    Atomic.__enter__ = enter  # type: ignore[method-assign]
