"""Nothing is lost or doubled when the pieces of an installation fail under play: a short drill, with
two PostgreSQL that nobody watches over. `make drill` is the long one."""

import pytest

from drill.drill import Drill
from drill.faults import SMALL
from drill.two import Two

SEED, PAIRS = 7, 3


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_when_pieces_fail_under_play():
    said = []
    drill = Drill(Two, ("1",), SEED, PAIRS, said.append, webs=())
    try:
        drill.begin()
        for fault in SMALL:
            drill.suffer(fault)
        drill.hasten()
        drill.finish()
    finally:
        drill.end()
        print("\n".join(said))
    assert not drill.wrong, said
    assert drill.faults == len(SMALL)
