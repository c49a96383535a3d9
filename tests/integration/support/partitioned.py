"""The same schema with its large tables partitioned by guild, as whoever distributes it has them.

PostgreSQL's own declarative partitioning asks of a table what Citus asks of a distributed one: the
guild in every unique key, in every foreign key, and no statement that needs another order.
"""

import re
import subprocess

# Those that grow with members and with what they do. The rest stays whole: small, of the database,
# or without a guild.
LARGE = ("users", "user_inventory", "active_multipliers", "transactions", "game_history", "besace_matches",
         "besace_escrow", "besace_seeds", "besace_revealed_seeds", "besace_match_edits", "besace_receipts",
         "besace_outbox", "besace_audit", "besace_leaderboard", "besace_ranked")
PARTITIONS = 4


def partitioned(dump):
    """A plain dump of pg_dump's, with the large tables partitioned."""
    for table in LARGE:
        dump, changed = re.subn(
            rf"(CREATE TABLE public\.{table} \((?:\n .*)+\n\))(?:\nWITH \([^)]*\))?;",
            lambda found, table=table: found.group(1) + "\nPARTITION BY HASH (guild_id);\n" + "\n".join(
                f"CREATE TABLE public.{table}_part_{part} PARTITION OF public.{table}"
                f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part});" for part in range(PARTITIONS)), dump)
        assert changed == 1, f"the dump has no table {table}"
        dump = re.sub(rf"ALTER TABLE ONLY public\.{table}\b", f"ALTER TABLE public.{table}", dump)
    return dump


def copy_partitioned(cluster, template):
    """A database as TEMPLATE is, partitioned."""
    database = cluster.create()
    dump = subprocess.run(["pg_dump", "--no-owner", cluster.url(template.name, "postgres")], check=True, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True).stdout
    done = subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", database.url], check=False, text=True,
                          input=partitioned(dump), capture_output=True)
    assert done.returncode == 0, done.stderr
    # An index of a partitioned table is written down otherwise: what stands now is what is right.
    database.run("SELECT besace_catalogue_keep()")
    database.close()
    database.granted = True
    return database
