"""What a running stack tells other commands: its owner, and the environment to reach it."""

import json
import os
from pathlib import Path

from studiozens.stack.processes import is_alive

STATE = "stack.json"


def publish_environment(folder: Path, environment: dict[str, str]) -> None:
    """Let other commands of this folder use `environment` while this process lives."""
    draft = folder / f"{STATE}.{os.getpid()}"
    draft.write_text(json.dumps({"owner": os.getpid(), "environment": environment}))
    draft.replace(folder / STATE)


def find_environment(folder: Path) -> dict[str, str] | None:
    """The environment of the stack that runs in `folder`, or nothing when none does."""
    try:
        state = json.loads((folder / STATE).read_text())
    except FileNotFoundError:
        return None
    return dict(state["environment"]) if is_alive(state["owner"]) else None


def forget_environment(folder: Path) -> None:
    """Nothing can be reached any more."""
    (folder / STATE).unlink(missing_ok=True)
