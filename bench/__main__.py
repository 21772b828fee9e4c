"""`script/bench`: starts a stack, measures it, prints the table (docs/benchmarks.md)."""

import argparse
import importlib
import sys

from bench.stack import prepared_stack

SMALL = 10_000
LARGE = 1_000_000
SERVERS = ("granian", "gunicorn")
NAMES = (
    *("availability", "quoting", "booking", "moving", "cancelling"),
    *("hot-staff", "one-slot", "move-race", "webhooks", "backlog"),
    "ledger",
)
PROFILED = (
    *("availability", "month", "quoting", "booking", "moving", "cancelling"),
    *("hot-staff", "webhooks"),
)


def main() -> int:
    """Measure and print; 1 when an answer was wrong or an invariant broken."""
    options = _options()
    with prepared_stack() as stack:
        # Models can be imported only now that Django's settings know the servers.
        run = importlib.import_module("bench.run")
        return int(run.profile(stack, options) if options.profile else run.measure(stack, options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench")
    parser.add_argument(
        "--small", type=int, default=SMALL, help="past appointments of the small size"
    )
    parser.add_argument(
        "--large", type=int, default=LARGE, help="past appointments of the large size"
    )
    parser.add_argument("--small-only", action="store_true", help="leave the large size out")
    parser.add_argument("--only", action="append", choices=NAMES, help="measure only this; repeats")
    parser.add_argument("--seconds", type=float, default=10.0, help="longest per measurement")
    parser.add_argument("--server", choices=SERVERS, default=SERVERS[0], help="the web server")
    parser.add_argument("--profile", choices=PROFILED, help="show where the time goes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
