"""`check --deploy` in production mode, with a throw-away value for whatever production must name.

The settings themselves say what that is, so a new required variable needs no list here.
"""

import os
import re
import secrets
import subprocess
import sys

from studiozens.stack.console import StackProblem, say
from studiozens.stack.folders import ROOT

REQUIRED = re.compile(r"^\s*- (\w+) is required", re.MULTILINE)
HOST = "studiozens.example"
SHAPES = {
    "DATABASE_URL": f"postgresql://studiozens@{HOST}/studiozens",
    "REDIS_URL": f"redis://{HOST}/0",
    "ALLOWED_HOSTS": HOST,
    "MEDIA_ROOT": "/srv/studiozens/media",
}


def main() -> int:
    """Run the check; gives back its exit code."""
    try:
        environment = _production()
    except StackProblem as problem:
        say(str(problem))
        return 1
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _production() -> dict[str, str]:
    environment = {**os.environ, "STUDIOZENS_ENV": "production"}
    complaint = _complaint_of_settings(environment)
    environment |= {name: _throw_away(name) for name in REQUIRED.findall(complaint)}
    complaint = _complaint_of_settings(environment)
    if complaint:
        raise StackProblem(f"Production settings do not load:\n{complaint}")
    return environment


def _complaint_of_settings(environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", "import studiozens.settings"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return done.stderr if done.returncode else ""


def _throw_away(name: str) -> str:
    if name in SHAPES:
        return SHAPES[name]
    return f"https://{HOST}/" if name.endswith("_URL") else secrets.token_hex(32)


if __name__ == "__main__":
    sys.exit(main())
