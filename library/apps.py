from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class LibraryConfig(AppConfig):
    name = "library"
    verbose_name = "Library"

    def ready(self) -> None:
        from library import indexing

        pre_migrate.connect(indexing.set_aside, sender=self, dispatch_uid="search index")
        post_migrate.connect(indexing.ensure, sender=self, dispatch_uid="search index")
