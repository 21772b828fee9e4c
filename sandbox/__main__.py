"""`python -m sandbox`: the stand-in process."""

import os
import sys

from sandbox.app import build_app
from sandbox.config import BadSetting, read_settings
from sandbox.server import serve


def main() -> int:
    """Run until told to stop; 1 when a setting is wrong or the port is taken."""
    try:
        settings = read_settings(os.environ)
    except BadSetting as exc:
        sys.stderr.write(f"sandbox: {exc}\n")
        return 1
    try:
        serve(build_app(settings), host=settings.host, port=settings.port)
    except OSError as exc:
        sys.stderr.write(f"sandbox: {settings.host}:{settings.port}: {exc.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
