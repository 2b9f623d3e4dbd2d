"""Prints the size of every bundle that `sam build` made, and fails where one is larger than it may be.

Usage: bundle_sizes.py BUILD_DIRECTORY
"""

import sys
import zipfile
from io import BytesIO
from pathlib import Path

# A larger bundle starts slower: Lambda loads it before the first invocation of every new instance.
LARGEST_BYTES = 6_000_000


def main() -> None:
    bundles = sorted(Path(sys.argv[1]).glob("*/bootstrap"))
    if not bundles:
        sys.exit("no function was built")
    for bootstrap in bundles:
        zipped = BytesIO()
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(bootstrap, "bootstrap")
        size = len(zipped.getvalue())
        print(f"{bootstrap.parent.name}: {bootstrap.stat().st_size:,} bytes, {size:,} zipped")
        if size > LARGEST_BYTES:
            sys.exit(f"{bootstrap.parent.name} is larger than {LARGEST_BYTES:,} bytes")


if __name__ == "__main__":
    main()
