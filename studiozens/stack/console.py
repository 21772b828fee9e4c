"""How the stack talks to the person at the terminal."""

import sys


class StackProblem(Exception):
    """What keeps the stack from running, said so that a person can act on it."""


def say(text: str) -> None:
    """Write one line at once, also when the output is a file."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
