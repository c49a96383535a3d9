"""A soak: a third of what the installation can do, a fault each minute, and nothing that grows."""

import collections
import dataclasses
import os
import random
import statistics
import time

MEASURE_S, SHARE = 20, 3
MINUTE_S = 60
MIB = 1 << 20
# What RSS may differ by between the halves that are compared: what the allocator keeps.
RSS_MORE, RSS_FACTOR = 4 * MIB, 1.05
# Connections that nginx and the pools keep open come and go.
DESCRIPTORS_MORE = 16
# What a table may grow by that holds what is now, and not what was; PostgreSQL's vacuum is late.
TABLE_MORE = 2 * MIB
# Tables with a row for each change, event, match or announcement, swept after days: they may grow with
# the changes, but no faster than so many times as quickly as before.
HISTORY = {"transactions", "game_history", "besace_receipts", "besace_outbox", "besace_matches",
           "besace_revealed_seeds", "besace_voice_events",
           *(f"besace_{what}_{slot}" for what in ("event_ids", "reaction_xp") for slot in range(4))}
HISTORY_FACTOR = 1.5
# These live through the whole soak; what ends them is no fault of it.
LASTING = ("besace-1", "besace-web-1", "besace-gateway-1")
SIZES = ("SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
         " AND relnamespace = 'public'::regnamespace")


@dataclasses.dataclass
class Sample:
    """What there was at one moment: of each process (name, pid) RSS and open descriptors, of each
    table its bytes; and how many changes there had been."""

    rss: dict
    descriptors: dict
    tables: dict
    changes: int


def rss_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


def take_sample(drill):
    rss, descriptors = {}, {}
    for name in drill.installation.ours():
        if name.startswith("besace"):
            pid = drill.installation.programs[name].process.pid
            rss[name, pid] = rss_of(pid)
            descriptors[name, pid] = len(os.listdir(f"/proc/{pid}/fd"))
    return Sample(rss, descriptors, dict(drill.installation.database.run(SIZES)),
                  drill.load.notebook.acked())


def halves(samples):
    """The two halves of what follows the first third, in which everything warms up."""
    rest = samples[len(samples) // 3:]
    return rest[:len(rest) // 2], rest[len(rest) // 2:]


def process_faults(before, after):
    """Of the processes that lived through both halves."""
    lasting = set.intersection(*(set(one.rss) for one in before + after))
    for key in sorted(lasting):
        first, last = (statistics.median(one.rss[key] for one in half) for half in (before, after))
        if last > first * RSS_FACTOR + RSS_MORE:
            yield f"{key[0]}: RSS went from {first / MIB:.1f} to {last / MIB:.1f} MiB"
        first, last = (max(one.descriptors[key] for one in half) for half in (before, after))
        if last > first + DESCRIPTORS_MORE:
            yield f"{key[0]}: {first} open descriptors became {last}"


def table_faults(before, after):
    changes = [max(half[-1].changes - half[0].changes, 1) for half in (before, after)]
    for table in sorted(after[-1].tables):
        sizes = [[one.tables.get(table, 0) for one in half] for half in (before, after)]
        if table in HISTORY:
            first, last = ((size[-1] - size[0]) / count for size, count in zip(sizes, changes))
            if last > first * HISTORY_FACTOR and sizes[1][-1] - sizes[1][0] > TABLE_MORE:
                yield f"{table}: {first:.0f} bytes a change became {last:.0f}"
        elif statistics.median(sizes[1]) > statistics.median(sizes[0]) + TABLE_MORE:
            yield (f"{table}: went from {statistics.median(sizes[0]) / MIB:.1f} to"
                   f" {statistics.median(sizes[1]) / MIB:.1f} MiB")


def growth_faults(samples):
    """What grew and should not have, in words. Six samples are the least that say something."""
    if len(samples) < 6:
        return [f"{len(samples)} samples say nothing of growth"]
    before, after = halves(samples)
    return [*process_faults(before, after), *table_faults(before, after)]


def tell(say, samples):
    """A line for each process and each table that has a megabyte."""
    first, last = samples[len(samples) // 3], samples[-1]
    for key in sorted(set(first.rss) & set(last.rss)):
        say(f"{key[0]:34} RSS {first.rss[key] / MIB:6.1f} → {last.rss[key] / MIB:6.1f} MiB"
            f"  descriptors {first.descriptors[key]:3} → {last.descriptors[key]:3}")
    for table, size in sorted(last.tables.items()):
        if size >= MIB:
            say(f"{table:34}     {first.tables.get(table, 0) / MIB:6.1f} → {size / MIB:6.1f} MiB"
                f"{'  (a row for each change)' if table in HISTORY else ''}")


def set_pace(drill):
    """Measures what members get done when none of them waits, and takes a third of it."""
    load = drill.load
    load.period_s, load.steps = 0, collections.Counter()
    load.go_on()
    time.sleep(MEASURE_S)
    load.pause()
    top = sum(load.steps.values()) / MEASURE_S
    load.period_s = len(load.pairs) * SHARE / top
    drill.say(f"members do {top:.0f} things a second; the soak goes on with {top / SHARE:.0f}")


def lets_last(fault):
    """Whether the programs that are watched live on."""
    ends = fault.name.startswith(("kill ", "skew ")) and any(
        name in fault.name.split() for name in LASTING)
    return not ends and "all" not in fault.name.split() and not fault.name.startswith("revoke")


def soak(drill, faults, seed, minutes):
    """Goes on for so many MINUTES. Returns what grew, in words."""
    order, faults = random.Random(f"{seed}/soak"), [one for one in faults if lets_last(one)]
    samples, began = [], time.monotonic()
    set_pace(drill)
    while (at := time.monotonic()) < began + minutes * MINUTE_S:
        drill.suffer(order.choice(faults))
        drill.load.go_on()
        time.sleep(max(0, at + MINUTE_S - time.monotonic()))
        drill.load.pause()
        samples.append(take_sample(drill))
    tell(drill.say, samples)
    return growth_faults(samples)
