"""Where the stack keeps its data, and a short way to say it."""

import hashlib
import re
from pathlib import Path

from studiozens.stack.console import StackProblem

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / ".data"

# A Unix socket's path holds 107 bytes; "/postgres/.s.PGSQL.5432.lock" takes 28 of them.
LONGEST_FOLDER = 75
# The servers' own command lines and configuration do not survive spaces and quotes.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")
ALIASES = Path("/tmp")  # noqa: S108 - short everywhere; the link is refused if it is not ours


def short_name(folder: Path) -> Path:
    """A path to `folder` that fits a Unix socket and holds no spaces: itself, or a link to it.

    Raises `StackProblem` when somebody else took the link's name.
    """
    folder = folder.resolve()
    if len(str(folder)) <= LONGEST_FOLDER and PLAIN_PATH.fullmatch(str(folder)):
        return folder
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    alias = ALIASES / f"studiozens-{digest}"
    if alias.is_symlink() and alias.lstat().st_uid == folder.stat().st_uid:
        alias.unlink()
    try:
        alias.symlink_to(folder)
    except FileExistsError as exc:
        raise StackProblem(f"{alias} is in the way and belongs to somebody else") from exc
    return alias


def release_short_name(alias: Path) -> None:
    """Remove what `short_name` may have made."""
    if alias.parent == ALIASES and alias.is_symlink():
        alias.unlink()
