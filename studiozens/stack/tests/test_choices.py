"""Ports, short paths and marks: what the stack decides before it starts anything."""

import socket
from pathlib import Path

import pytest

from studiozens.stack.console import StackProblem
from studiozens.stack.folders import LONGEST_FOLDER, release_short_name, short_name
from studiozens.stack.ports import HOST, choose_port, free_port
from studiozens.stack.processes import is_marked, marked, unmarked


def test_a_port_that_is_taken_is_said_and_the_next_free_one_is_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        wanted = other.getsockname()[1]

        port = choose_port("the web server", wanted)

    assert port > wanted
    assert f"Port {wanted} is taken" in capsys.readouterr().out


def test_a_port_promised_to_another_process_is_not_given_twice() -> None:
    first = free_port(20_000)

    assert free_port(first, taken=frozenset({first})) > first


def test_no_port_at_the_end_of_the_range_is_a_refusal() -> None:
    with pytest.raises(StackProblem, match="No free port"):
        free_port(65_535, taken=frozenset({65_535}))


def test_a_plain_short_folder_needs_no_alias() -> None:
    folder = Path("/srv/studiozens/.data")

    assert short_name(folder) == folder


@pytest.mark.parametrize("name", ["con espacios", "x" * 100, "año"])
def test_a_folder_that_a_socket_cannot_name_gets_a_short_alias(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()

    alias = short_name(folder)
    again = short_name(folder)

    assert alias == again
    assert alias.resolve() == folder
    assert len(str(alias)) <= LONGEST_FOLDER
    assert " " not in str(alias)
    release_short_name(alias)
    assert not alias.is_symlink()
    assert folder.exists()


def test_an_alias_that_is_somebody_elses_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "con espacios"
    folder.mkdir()
    alias = short_name(folder)
    release_short_name(alias)
    alias.write_text("theirs")

    with pytest.raises(StackProblem, match="belongs to somebody else"):
        short_name(folder)

    assert alias.read_text() == "theirs"
    alias.unlink()


def test_a_stack_inside_a_stack_ends_with_either() -> None:
    outer, inner = Path("/outer"), Path("/inner")

    environment = marked(marked({"HOME": "/"}, outer), inner)

    assert is_marked(environment, outer)
    assert is_marked(environment, inner)
    assert not is_marked(environment, Path("/inn"))
    assert unmarked(environment) == {"HOME": "/"}
