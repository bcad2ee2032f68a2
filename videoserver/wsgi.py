"""The WSGI application that gunicorn serves."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from videoserver.data_dir import OURS_ALONE

os.umask(OURS_ALONE)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoserver.settings")

application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # else the first visitor waits for it, and each process holds its own
