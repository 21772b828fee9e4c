"""`script/server`: the whole system, from nothing to an address that answers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from studiozens.stack.commands import run_in_foreground
from studiozens.stack.console import StackProblem, say
from studiozens.stack.folders import DATA, ROOT
from studiozens.stack.greeting import greet_when_ready
from studiozens.stack.ports import HOST, choose_port
from studiozens.stack.processes import marked
from studiozens.stack.servers import lasting_servers
from studiozens.stack.state import publish_environment

WEB_PORT = 8000
SANDBOX_PORT = 8010


def serve() -> int:
    """Run the system until Ctrl-C; gives back the exit code.

    Raises `StackProblem`.
    """
    say("Starting PostgreSQL and Valkey …")
    with lasting_servers(DATA, purpose="script/server") as servers:
        reachable = servers | _addresses()
        publish_environment(DATA, reachable)
        environment = _for_processes(reachable)
        say("Preparing the database, the static files and the demonstration data …")
        accounts = _prepared(environment)
        greet_when_ready(
            web_port=reachable["WEB_PORT"],
            sandbox_port=reachable["SANDBOX_PORT"],
            accounts=accounts.rstrip(),
        )
        command = [sys.executable, "-m", "studiozens.stack.supervise", str(ROOT / "Procfile")]
        return run_in_foreground(command, environment)


def _addresses() -> dict[str, str]:
    """Where web and sandbox listen and find each other; what the person set is kept."""
    web = choose_port("the web server", int(os.environ.get("WEB_PORT") or WEB_PORT))
    sandbox = choose_port(
        "the sandbox",
        int(os.environ.get("SANDBOX_PORT") or SANDBOX_PORT),
        taken=frozenset({web}),
    )
    defaults = {
        "PUBLIC_BASE_URL": f"http://{HOST}:{web}",
        "SANDBOX_URL": f"http://{HOST}:{sandbox}",
        # Payments outlive a restart at the real gateway too.
        "SANDBOX_DB": str(DATA / "sandbox.sqlite3"),
    }
    set_already = {name: os.environ[name] for name in defaults if os.environ.get(name)}
    return defaults | set_already | {"WEB_PORT": str(web), "SANDBOX_PORT": str(sandbox)}


def _for_processes(reachable: dict[str, str]) -> dict[str, str]:
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    own = {"PATH": tools, "PYTHONUNBUFFERED": "1", "PROMETHEUS_MULTIPROC_DIR": _metrics_folder()}
    return marked({**os.environ, **reachable, **own}, DATA)


def _metrics_folder() -> str:
    """Where all processes count together, so that whoever answers `/metrics` speaks for all."""
    folder = DATA / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return str(folder)


def _prepared(environment: dict[str, str]) -> str:
    """Bring database, static files and demonstration data up to date; gives the accounts."""
    command = [sys.executable, "-m", "studiozens.stack.prepare"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        raise StackProblem("The preparation failed; the reason stands above")
    return done.stdout
