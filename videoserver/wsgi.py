"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from videoserver.data_dir import OURS_ALONE

os.umask(OURS_ALONE)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoserver.settings")

application = get_wsgi_application()
