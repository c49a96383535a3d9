"""Batches of message events: against pgbench with the same routine, against a sequence of
statements for each event, beside /sac, and on a table that remembers a week of ids."""

from events import SHIMS, Taken, post, posting, prepare, refresh, replay, spread
from machine import GUILD, CannotMeasure, interleaved, medians
from table import rate

WEEK_IDS = 70_000_000  # ten million a day
GUILDS = 1000


def on_empty(machine, besace, database):
    refresh(machine, database)
    return post(machine, besace, database.members).rate


def one_by_one(machine, database):
    refresh(machine, database)
    return machine.pgbench(database, "one_event.pgbench", SHIMS)


def against_pgbench(machine, table, besace, database):
    """Returns the most events a second that are taken."""
    batches = prepare(machine, database)
    figures = medians(interleaved(machine.rounds, {
        "besace": lambda: on_empty(machine, besace, database),
        "pgbench": lambda: replay(machine, database, batches),
        "one": lambda: one_by_one(machine, database)}))
    machine.admin(database.name, "DROP TABLE bench_batches", "DROP SEQUENCE bench_batch")
    table.at_least("events, batches of 500", rate(figures["besace"]),
                   f"pgbench {rate(figures['pgbench'])}", figures["besace"] / figures["pgbench"], 0.85)
    table.at_least("  a sequence of statements each", rate(figures["besace"]),
                   f"pgbench {rate(figures['one'])}", figures["besace"] / figures["one"], 8)
    return figures["besace"]


def sac_meanwhile(machine, besace, database, events):
    """p99 of /sac while EVENTS a second come in, and how many did."""
    refresh(machine, database)
    requests = machine.requests("sac")
    with posting(machine, besace, database.members, machine.seconds + 1, events) as load:
        p99 = machine.wrk(besace, requests).p99_ms
        taken = Taken(load.communicate()[0])
    return p99, taken.rate


def sac_alone(machine, besace, database):
    refresh(machine, database)
    return machine.wrk(besace, machine.requests("sac")).p99_ms


def while_sac(machine, table, besace, database, maximum):
    seen = interleaved(machine.rounds, {
        "alone": lambda: sac_alone(machine, besace, database),
        "beside": lambda: sac_meanwhile(machine, besace, database, maximum / 2)})
    alone = medians({"alone": seen["alone"]})["alone"]
    both = medians({"p99": [p99 for p99, _ in seen["beside"]], "rate": [got for _, got in seen["beside"]]})
    table.at_most("p99 of /sac during intake", f"{both['p99']:.1f} ms", f"alone {alone:.1f} ms",
                  both["p99"] / alone, 3)
    table.add("  events taken meanwhile", rate(both["rate"]), f"half of most {rate(maximum / 2)}",
              both["rate"] / (maximum / 2))


def fill_week(machine, database, count):
    """Ids of a week, as a shim makes them: half a week in each of two slots, the rest is ahead."""
    now = machine.admin(database.name, "SELECT besace_half_week(now())")[0][0]
    for part, half_week in enumerate((now - 2, now - 1)):
        machine.admin(database.name, f"""
            INSERT INTO besace_event_ids_{half_week % 4} (id, slot)
            SELECT 'm:' || (1400000000000000000 + i * 50000000)::text, {half_week % 4}
            FROM generate_series({part * count // 2}::bigint, {(part + 1) * count // 2 - 1}) AS i""",
            f"VACUUM ANALYZE besace_event_ids_{half_week % 4}")
    machine.admin(database.name, "CHECKPOINT")


def on_week(machine, besace, database):
    refresh(machine, database, forget=False)
    return post(machine, besace, database.members).rate


def after_a_week(machine, table, besace, database):
    """Fewer ids when quick. Emptying the table between would take the week away: the rounds are
    one after the other, with an empty table before and after."""
    count = WEEK_IDS // 70 if machine.quick else WEEK_IDS
    before = [on_empty(machine, besace, database) for _ in range(machine.rounds)]
    fill_week(machine, database, count)
    full = [on_week(machine, besace, database) for _ in range(machine.rounds)]
    kept = machine.admin(database.name, "SELECT count(*) FROM besace_event_ids")[0][0]
    if kept < count:
        raise CannotMeasure(f"only {kept} ids are remembered")
    after = [on_empty(machine, besace, database) for _ in range(machine.rounds)]
    figures = medians({"empty": before + after, "full": full})
    table.at_least(f"events, {count:,} ids known", rate(figures["full"]),
                   f"empty {rate(figures['empty'])}", figures["full"] / figures["empty"], 0.8)


def on_guilds(machine, besace, database):
    refresh(machine, database)
    return post(machine, besace, database.members, guilds=GUILDS).rate


def over_guilds(machine, table, besace, database):
    """Batches in which the members of a thousand guilds speak, against those of one."""
    spread(machine, database, GUILDS)
    figures = medians(interleaved(machine.rounds, {
        "one": lambda: on_empty(machine, besace, database),
        "many": lambda: on_guilds(machine, besace, database)}))
    table.at_least(f"events over {GUILDS:,} guilds a batch", rate(figures["many"]),
                   f"one guild {rate(figures['one'])}", figures["many"] / figures["one"], 0.8)


def on_settings(machine, besace, database, guilds, is_set):
    """GUILDS of them, all of which have zones of every kind, role factors and a rate, or none."""
    refresh(machine, database)
    machine.admin(database.name, "DELETE FROM besace_zones", "DELETE FROM besace_settings",
                  *(set_up(guilds) if is_set else []), "ANALYZE besace_zones, besace_settings")
    return post(machine, besace, database.members, guilds=guilds, told=True).rate


def set_up(guilds):
    """The channel of post_events' events is not set, its category is; roles 1 to 3 are their members'."""
    return [f"""
        INSERT INTO besace_settings (guild_id, message_min, message_max, rate_percent, reaction_xp_max)
        SELECT ({GUILD} + g)::varchar, 1, 5, 150, 20 FROM generate_series(0, {guilds - 1}) AS g""",
        f"""
        INSERT INTO besace_zones (guild_id, object_id, is_role, effect, factor_percent, slot)
        SELECT ({GUILD} + g)::varchar, z.* FROM generate_series(0, {guilds - 1}) AS g CROSS JOIN (VALUES
            ('1151965647295159688', false, 'factor', 150, 1), ('77', false, 'none', NULL, 2),
            ('78', false, 'factor', 50, 3), ('79', false, 'none', NULL, 4),
            ('2', true, 'factor', 200, 1), ('3', true, 'factor', 150, 2),
            ('4', true, 'none', NULL, 3), ('5', true, 'factor', 300, 4)) AS z""",
        "SELECT besace_zones_keep(guild_id) FROM besace_settings", "VACUUM besace_settings"]


def settings_everywhere(machine, table, besace, database):
    """The members of one guild speak, and those of a thousand."""
    for guilds in (1, GUILDS):
        figures = medians(interleaved(machine.rounds, {
            name: lambda is_set=name == "set", guilds=guilds: on_settings(machine, besace, database, guilds, is_set)
            for name in ("none", "set")}))
        table.at_least(f"events, settings everywhere, {guilds:,} guilds", rate(figures["set"]),
                       f"none {rate(figures['none'])}", figures["set"] / figures["none"], 0.8)
    machine.admin(database.name, "DELETE FROM besace_zones", "DELETE FROM besace_settings")


def run(machine, table):
    database = machine.database()
    with machine.besace(database) as besace:
        maximum = against_pgbench(machine, table, besace, database)
        while_sac(machine, table, besace, database, maximum)
        over_guilds(machine, table, besace, database)
        settings_everywhere(machine, table, besace, database)
        after_a_week(machine, table, besace, database)
    machine.admin(database.name, "TRUNCATE besace_event_ids")
