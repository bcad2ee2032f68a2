#!/usr/bin/env python
"""Django's command line, with one clear line for a faulty environment."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoserver.settings")
    from videoserver.env import BadEnvironmentError, Environment

    try:
        Environment.read(os.environ)
    except BadEnvironmentError as error:
        sys.exit(f"videoserver: {error}")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
