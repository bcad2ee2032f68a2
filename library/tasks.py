"""Work of the library that the task worker does."""

from django_tasks import task

from library import scanning


@task(priority=50)
def rescan() -> dict[str, int]:
    """Scan the roots; returns the counts of the report. Before all media work, for it finds what that is."""
    report = scanning.scan()
    return {name: count for name, count in vars(report).items() if isinstance(count, int)}
