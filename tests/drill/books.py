"""The books of a drill: what was acknowledged, beside what the ledger, the receipts, the members and
Discord hold."""

import collections
import time

from support.interactions import GUILD

from .load import JACKPOTS

# Events wait in spools, announcements for a burst of 60 s and for the lease of who died.
EVENTS_S, END_S = 60, 200
MATCHES = ("duel", "pfc")
ROLES = {"801": 2, "802": 7}  # role → the level that brings it


class Report:
    """What is wrong: so many lost, so many doubled, and what else, in words."""

    def __init__(self):
        self.lost, self.doubled, self.words = 0, 0, []

    def lose(self, count, what):
        if count > 0:
            self.lost += count
            self.words.append(f"lost: {what} ({count})")

    def double(self, count, what):
        if count > 0:
            self.doubled += count
            self.words.append(f"doubled: {what} ({count})")

    def between(self, least, found, limit, what):
        """What was acknowledged must be FOUND, and no more than was asked."""
        self.lose(least - found, f"{what}: {least} acknowledged, {found} there")
        self.double(found - limit, f"{what}: {limit} asked, {found} there")

    def is_good(self):
        return not self.words


class Books:
    """RUN(sql, values…) does SQL as the owner, CHECK() is besacectl check."""

    def __init__(self, load, run, check, discord=None):
        self.load, self.run, self.check, self.discord = load, run, check, discord

    def set_roles(self):
        """Levels bring roles; Discord has them below Besace's."""
        self.discord.add_guild(
            GUILD, roles=[{"id": "900", "position": 50, "permissions": 1 << 28},
                          *({"id": role} for role in ROLES)], own=["900"])
        for slot, (role, level) in enumerate(ROLES.items(), 1):
            self.run("INSERT INTO besace_rewards (guild_id, role_id, level, mode, slot, level_slot)"
                     " VALUES (%s, %s, %s, 'stack', %s, 1)", GUILD, role, level, slot)

    def compare(self, seconds=EVENTS_S):
        """Once the load has paused."""
        report = Report()
        with self.load.notebook.lock:
            entries = list(self.load.notebook.entries)
        self.compare_gifts(report, entries)
        self.compare_receipts(report, entries)
        self.compare_counts(report, entries)
        self.compare_events(report, seconds)
        for entry in entries:
            if entry.differs:
                report.words.append(f"{entry.kind} {entry.id} was answered in two ways:"
                                    f" {entry.answer.decode()} and {entry.differs}")
        if words := self.check():
            report.words.append(f"besacectl check: {words}")
        return report

    # -- what members asked for

    def compare_gifts(self, report, entries):
        """Every gift has an amount of its own between its two members."""
        there = {row[:3]: row[3] for row in self.run(
            "SELECT from_user_id, to_user_id, amount, count(*) FROM transactions"
            " WHERE transaction_type = 'transfer' GROUP BY 1, 2, 3")}
        for entry in entries:
            if entry.kind == "don":
                found = there.pop((entry.member, entry.other, entry.amount), 0)
                is_certain = entry.acked_at and entry.is_done
                report.between(1 if is_certain else 0, found,
                               0 if entry.acked_at and not is_certain else 1,
                               f"the gift {entry.id} of {entry.amount} LC")
        report.double(len(there), f"gifts that nobody made: {list(there)[:3]}")

    def compare_receipts(self, report, entries):
        """Whatever was done has its receipt, under the id of its interaction."""
        there = set(self.run("SELECT user_id, interaction_id FROM besace_receipts"))
        missing = [entry for entry in entries if entry.is_done and entry.kind != "lc"
                   and (entry.member, entry.id) not in there]
        report.lose(len(missing), f"receipts: {[(one.kind, one.id) for one in missing[:3]]}")

    def compare_counts(self, report, entries):
        """For each member and what it was about: as many as were done, at the least; as many as were
        asked, at most."""
        asked, done = collections.Counter(), collections.Counter()
        for entry in entries:
            key = entry.kind, entry.member, entry.amount
            if not entry.acked_at or entry.is_done:
                asked[key] += 1
            done[key] += entry.is_done
        there = collections.Counter()
        for kind, member, stake, count in self.run(
                "SELECT game_type, player_id, bet_amount, count(*) FROM game_history"
                " GROUP BY 1, 2, 3"):
            there[kind, member, stake] = count
        for kind, member, count in self.run(
                "SELECT transaction_type, to_user_id, count(*) FROM transactions"
                " WHERE transaction_type IN ('jackpot_reward', 'daily_gift') GROUP BY 1, 2"):
            there["jackpot" if kind == "jackpot_reward" else "cadeau", member, None] = count
        for key in (asked + there).keys():
            if key[0] in ("roue", "jackpot", "cadeau"):
                report.between(done[key], there[key], asked[key], f"{key}")
        self.compare_matches(report, entries, there)
        self.compare_bags(report)

    def compare_matches(self, report, entries, there):
        """A match that was played has a row for each of its two, and no other: a duel is played when
        it is accepted, pierre-feuille-ciseaux when both have chosen, or when one of them is late."""
        asked, done = collections.Counter(), collections.Counter()
        for entry in entries:
            if entry.kind in MATCHES:
                for member in (entry.member, entry.other):
                    asked[entry.kind, member, entry.amount] += 1
                    done[entry.kind, member, entry.amount] += entry.is_played
        for key in (asked + there).keys():
            if key[0] in MATCHES:
                report.between(done[key], there[key], asked[key], f"{key}")

    def compare_bags(self, report):
        """What is left of the jackpots: those of the beginning and of levels, less the opened."""
        rows = {member: rest for member, *rest in self.run(
            "SELECT user_id, level, (SELECT quantity FROM user_inventory i WHERE i.guild_id = u.guild_id"
            " AND i.user_id = u.user_id AND item_type = 'jackpot'), (SELECT count(*) FROM transactions"
            " t WHERE t.guild_id = u.guild_id AND to_user_id = u.user_id AND transaction_type ="
            " 'jackpot_reward') FROM users u WHERE guild_id = %s", GUILD)}
        for member in self.load.members:
            level, found, opened = rows[member.id]
            wanted = JACKPOTS + level // 5 - self.load.first_level(member) // 5 - opened
            report.between(wanted, found, wanted, f"jackpots of {member.id}")

    # -- what Discord told

    def events(self):
        """(guild, member) → messages that count, and how many ids of reactions and of voice."""
        counted = {(guild, user): count for guild, user, count in self.run(
            "SELECT guild_id, user_id, message_count FROM users WHERE message_count > 0")}
        ids = dict(self.run("SELECT left(id, 2), count(DISTINCT id) FROM besace_event_ids"
                            " WHERE left(id, 2) IN ('r:', 'v:', 'm:') GROUP BY 1"))
        return counted, ids

    def compare_events(self, report, seconds):
        book = self.load.notebook
        deadline = time.monotonic() + seconds
        while True:
            counted, ids = self.events()
            if (counted == book.messages and ids.get("r:", 0) == book.reactions
                    and ids.get("v:", 0) >= book.moves) or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        for key in counted.keys() | book.messages.keys():
            wanted = book.messages.get(key, 0)
            report.between(wanted, counted.get(key, 0), wanted, f"messages of {key}")
        report.between(book.reactions, ids.get("r:", 0), book.reactions, "reactions")
        report.between(book.moves, ids.get("v:", 0), book.moves, "moves in voice")

    # -- what Besace told Discord

    def compare_end(self, seconds=END_S):
        """Once, at the end: every level is announced once, every role is where it belongs."""
        report = Report()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.run(
                "SELECT (SELECT count(*) FROM besace_outbox WHERE outcome IS NULL)"
                " + (SELECT count(*) FROM besace_role_jobs WHERE state <> 'done')")[0][0]:
            time.sleep(0.5)
        rows = self.run("SELECT nonce, outcome FROM besace_outbox")
        with self.discord.lock:
            seen = collections.Counter(str(message.get("nonce")) for messages in
                                       self.discord.messages.values() for message in messages)
        report.lose(sum(seen[nonce] == 0 for nonce, _ in rows),
                    f"announcements: {collections.Counter(outcome for _, outcome in rows)}")
        report.double(sum(seen.values()) - len(set(seen)), "announcements")
        report.double(len(set(seen) - {nonce for nonce, _ in rows}), "announcements of nobody")
        for member, paid, told in self.run(
                "SELECT t.to_user_id, sum(t.amount), coalesce((SELECT sum((body ->> 'lc')::bigint)"
                " FROM besace_outbox o WHERE o.guild_id = t.guild_id"
                " AND o.user_id = t.to_user_id), 0) FROM transactions t"
                " WHERE t.transaction_type = 'level_up' AND t.guild_id = %s"
                " GROUP BY t.guild_id, t.to_user_id", GUILD):
            report.between(int(paid), int(told), int(paid), f"announced rewards of {member}")
        self.compare_roles(report)
        if self.discord.violations:
            report.words.append(f"Discord's rules: {self.discord.violations[:3]}")
        return report

    def compare_roles(self, report):
        for user, level in self.run("SELECT user_id, level FROM users WHERE guild_id = %s", GUILD):
            wanted = {role for role, least in ROLES.items() if level >= least}
            found = self.discord.roles_of(user, GUILD)
            report.lose(len(wanted - found), f"roles of {user} at level {level}")
            report.double(len(found - wanted), f"roles of {user} that it should not have")
