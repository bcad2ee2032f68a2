"""The site's settings without what times requests and counts work: what the monitoring costs is held to it."""

from monitoring import counting_work
from videoserver.settings import *  # noqa: F403
from videoserver.settings import MIDDLEWARE

MIDDLEWARE[:] = [name for name in MIDDLEWARE if not name.startswith("monitoring.")]
counting_work.begin = lambda: None
