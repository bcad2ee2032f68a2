"""python -m tests.system_packages: sees to it that the programs are there that the tests drive.

On a Debian-like system, as root, it installs what is missing. Elsewhere it says loudly what that is: its tests are then
skipped, or with CI=true the run fails.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
PACKAGES = {
    "bubblewrap": Path("/usr/bin/bwrap"),
    "chromium": CHROMIUM,
    "curl": Path("/usr/bin/curl"),
    "redis-server": Path("/usr/bin/redis-server"),
}


def missing() -> list[str]:
    """Debian's names of what isn't there."""
    return [package for package, program in PACKAGES.items() if not program.exists()]


def install(packages: list[str]) -> None:
    """Install Debian packages. Raises CalledProcessError."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "-y", *packages]):
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def main() -> None:
    packages = missing()
    if not packages:
        return
    names = " ".join(packages)
    if shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installing {names}, for the tests …")
        install(packages)
    elif os.environ.get("CI") == "true":
        sys.exit(f"Missing: install Debian's {names}.")
    else:
        print(f"\n*** MISSING: {names}. ITS TESTS ARE SKIPPED. Install Debian's packages of those names. ***\n")


if __name__ == "__main__":
    main()
