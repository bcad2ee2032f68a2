#!/usr/bin/env python
"""Django's command line, with one clear line for a faulty environment, and quiet when it is interrupted."""

import os
import sys

INTERRUPTED = 130
"""What a shell says of a program that Ctrl-C ended: 128 and the number of SIGINT."""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoserver.settings")
    from videoserver import data_dir
    from videoserver.env import BadEnvironmentError, Environment

    os.umask(data_dir.OURS_ALONE)
    try:
        data_dir.prepare(Environment.read(os.environ).data_dir)
    except BadEnvironmentError as error:
        sys.exit(f"videoserver: {error}")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
