"""Fails where a pinned package has a known vulnerability; says so where the advisories can't be asked for.

.venv/bin/python .ci/audit.py requirements.txt
"""

import json
import subprocess
import sys

LIMIT = 90
"""Seconds that the answers may take."""
AUDIT = ("-m", "pip_audit", "--disable-pip", "--format", "json", "--progress-spinner", "off", "--requirement")


def main() -> None:
    try:
        done = subprocess.run([sys.executable, *AUDIT, sys.argv[1]], capture_output=True, text=True, timeout=LIMIT)
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        packages = []
    told = [package for package in packages if "vulns" in package]
    if not told:
        print("NOT AUDITED: the advisories can't be asked for from here.")
        return
    for package in told:
        for found in package["vulns"]:
            print(f"{package['name']} {package['version']}: {found['id']}, mended in {found['fix_versions'] or 'none'}")
    if any(package["vulns"] for package in told):
        sys.exit("Update these, or keep them with a reason.")
    print(f"{len(told)} packages have no known vulnerability.")


if __name__ == "__main__":
    main()
