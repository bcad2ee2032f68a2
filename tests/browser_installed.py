"""python -m tests.browser_installed: sees to it that there is a Chromium to test with.

On a Debian-like system, as root, it installs the package. Elsewhere it says loudly what is missing: the browser's tests
are then skipped, or with CI=true fail.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")


def install() -> None:
    """Install Debian's Chromium. Raises CalledProcessError."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "-y", "chromium"]):
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def main() -> None:
    if CHROMIUM.exists():
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing Chromium, for the browser's tests …")
        install()
    elif os.environ.get("CI") == "true":
        sys.exit(f"{CHROMIUM} is missing: install Debian's package chromium.")
    else:
        print(f"\n*** {CHROMIUM} is missing: THE BROWSER'S TESTS ARE SKIPPED. Install Debian's package chromium. ***\n")


if __name__ == "__main__":
    main()
