"""The kill drill in small: in every ordinary run of the tests, and not only when somebody asks."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.drills.drill import VICTIMS, Options, run
from tests.drills.report import figures
from tests.drills.service import NotOursError, end_database, kill_postmaster


def test_nothing_acknowledged_is_lost_by_kills(tmp_path: Path) -> None:
    """After two kills -9 of each kind under load, every acknowledged entry
    stands once at its position, without a hole, the service has healed by itself and `verify` passes.
    """
    drill = run(Options(kills=2, between=(5, 40)), tmp_path, print)
    assert [] == drill.board.findings
    found = figures(drill)
    assert [2, 2, 2] == [found["kills"][victim]["number"] for victim in VICTIMS]
    assert all(kill.recovery_seconds is not None for kill in drill.kills)
    assert 0 == found["findings"]["lost"]
    assert 0 == found["findings"]["doubled"]
    assert 0 == found["findings"]["hole"]
    assert found["marks_acknowledged"] > 1_000
    assert found["log_rows"] > found["marks_acknowledged"]


def test_the_drill_kills_nothing_but_its_own_database(tmp_path: Path) -> None:
    """A process that is no PostgreSQL at work in the given directory is left alone."""
    waiting = [sys.executable, "-c", "input()"]
    with subprocess.Popen(waiting, stdin=subprocess.PIPE, cwd=tmp_path) as stranger:
        (tmp_path / "postmaster.pid").write_text(f"{stranger.pid}\n", encoding="ascii")
        with pytest.raises(NotOursError):
            kill_postmaster(tmp_path)
        assert end_database(tmp_path)
        assert stranger.poll() is None
        stranger.communicate(b"\n")
    assert 0 == stranger.returncode
