"""The WSGI application that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from videoserver.data_dir import OURS_ALONE

os.umask(OURS_ALONE)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoserver.settings")

application = get_wsgi_application()

# What is loaded now stays for good: the collector need not look at it again and again, which took 30 ms each time.
gc.collect()
gc.freeze()
