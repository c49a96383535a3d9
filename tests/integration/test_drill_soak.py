"""The soak of the drill names what grows."""

import pytest

from drill.soak import MIB, Sample, growth_faults


def samples(rss=lambda at: 50 * MIB, descriptors=lambda at: 40, pid=lambda at: 7, **tables):
    """A sample for each of 30 minutes; in each a thousand changes."""
    return [Sample({("besace-1", pid(at)): rss(at)}, {("besace-1", pid(at)): descriptors(at)},
                   {table: size(at) for table, size in tables.items()}, at * 1000)
            for at in range(30)]


def test_what_stays_as_it_is_has_no_words():
    assert growth_faults(samples(users=lambda at: 9 * MIB)) == []


def test_warming_up_is_no_growth():
    assert growth_faults(samples(rss=lambda at: min(at, 8) * 10 * MIB,
                                 users=lambda at: min(at, 8) * MIB)) == []


def test_a_process_that_was_started_anew_is_not_compared_with_the_one_before():
    assert growth_faults(samples(pid=lambda at: at, rss=lambda at: at * 10 * MIB)) == []


@pytest.mark.parametrize("grown, words", [
    ({"rss": lambda at: (50 + at) * MIB}, "besace-1: RSS went from"),
    ({"descriptors": lambda at: 40 + 2 * at}, "besace-1: 78 open descriptors"),
    ({"descriptors": lambda at: 40 + 2 * at}, "became 98"),
    ({"users": lambda at: at * MIB}, "users: went from"),
    ({"besace_receipts": lambda at: at * at * MIB}, "besace_receipts: ")])
def test_growth_is_named(grown, words):
    [said] = growth_faults(samples(**grown))
    assert words in said


def test_a_table_with_a_row_for_each_change_may_grow_with_them():
    assert growth_faults(samples(transactions=lambda at: at * MIB)) == []


def test_too_few_samples_say_nothing():
    assert growth_faults(samples()[:5]) == ["5 samples say nothing of growth"]
