"""The private pages about oneself, in files: /gains, /recompenses, /limite, /annonces."""

import json
import re

import pytest

from support.golden import LOCALES, compare
from support.interactions import Member, custom_id
from support.settings import change, settle, zone

LOU, ROLES = "1400000000000000042", [str(1400000000000001000 + number) for number in range(30)]
ZONE, CHANNEL, SET_ROLE = "1400000000000000201", "1400000000000000202", "1400000000000000203"


class Stage:
    """One member, and the settings of the guild that they ask in."""

    def __init__(self, service, database, app, locale):
        self.service, self.db, self.app, self.locale = service, database, app, locale
        self.lou = Member("lou", id=LOU)
        self.pages = {}
        database.add_member(self.lou, xp=1250, balance=500)

    def show(self, title, interaction, roles=(), channel=CHANNEL, permissions=0):
        interaction["member"]["roles"] = list(roles)
        interaction["member"]["permissions"] = str(permissions)
        interaction["channel_id"] = interaction["channel"]["id"] = channel
        self.pages[title] = steady(self.service.ask(interaction))

    def ask(self, title, name, *options, **more):
        self.show(title, self.app.command(name, self.lou, *options, locale=self.locale), **more)

    def press(self, title, *id, **fields):
        self.show(title, self.app.press(custom_id(*id, **fields), self.lou, locale=self.locale))

    def me(self, assignments, *values):
        self.db.run(f"UPDATE users SET {assignments} WHERE user_id = %s", *values, LOU)


def steady(reply):
    """REPLY with times made the same."""
    return json.loads(re.sub(r"<t:\d+:", "<t:1400000000:", json.dumps(reply, ensure_ascii=False)))


def earnings(stage):
    stage.ask("/gains", "gains")
    stage.me("last_message_xp_time = now() AT TIME ZONE 'utc' + interval '1 hour', message_why = 'cooldown', xp_today = 42,"
             " xp_day = (now() AT TIME ZONE 'Europe/Paris')::date")
    stage.ask("/gains after a message", "gains")
    zone(stage.db, ZONE, "factor", 200)
    zone(stage.db, SET_ROLE, "factor", 150, role=True)
    settle(stage.db, rate_percent=200, day_xp_max=500, reaction=False, message_min=3, message_max=3)
    stage.ask("/gains with factors", "gains", roles=[SET_ROLE], channel=ZONE)
    settle(stage.db, day_xp_max=42)
    stage.ask("/gains at the cap", "gains")
    zone(stage.db, CHANNEL, "none")
    stage.ask("/gains without XP here", "gains")
    stage.db.run("DELETE FROM besace_zones")
    zone(stage.db, ROLES[0], "only", role=True)
    stage.ask("/gains without the role", "gains")
    settle(stage.db, levels=False)
    stage.ask("/gains without levels", "gains")


def rewards(stage):
    stage.ask("/recompenses, none", "recompenses")
    stage.ask("/recompenses, none, of a manager", "recompenses", permissions=1 << 5)
    for role, level, mode in zip(ROLES, (2, 5, 10, 20), ("stack", "stack", "single", "single")):
        assert change(stage.db, {f"reward.{role}": {"level": level, "mode": mode}})["done"]
    stage.ask("/recompenses", "recompenses", roles=[ROLES[0]])
    stage.me("xp = 500000")
    stage.ask("/recompenses, all reached", "recompenses", roles=ROLES[:4])
    stage.me("xp = 1250")
    assert change(stage.db, {f"reward.{role}": {"level": 30 + number, "mode": "stack"}
                             for number, role in enumerate(ROLES[4:])})["done"]
    stage.press("/recompenses, the next page", "recompenses", "next", number=1)


def limits(stage):
    stage.ask("/limite, none", "limite")
    stage.ask("/limite", "limite", ("montant", 250))
    stage.press("/limite, raised", "limite", "set", number=1000)
    stage.press("/limite, lifted", "limite", "set", number=0)
    stage.press("/limite, another amount", "limite", "other")
    settle(stage.db, loss_day_max=2000)
    stage.press("/limite, beside the guild's", "limite", "set", number=100)
    stage.db.run("INSERT INTO transactions (guild_id, from_user_id, amount, transaction_type)"
                 " VALUES (:guild, %s, 150, 'bet')", LOU)
    stage.me("balance = balance - 150")
    stage.ask("/limite, reached", "limite")


def announcements(stage):
    stage.ask("/annonces, nowhere", "annonces")
    settle(stage.db, announce_place="here")
    stage.press("/annonces, a ping", "annonces", "set", word="ping")
    settle(stage.db, announce_place="channel", announce_channel_id=CHANNEL, announce_from_level=5,
           announce_every=5, announce_role_only=True, announce_ping=False)
    stage.press("/annonces, none", "annonces", "set", word="none")
    stage.press("/annonces, not on the page", "annonces", "web", word="no")
    settle(stage.db, page_visibility="off")
    stage.ask("/annonces where there is no page", "annonces")


TABLES = ("transactions", "besace_receipts", "besace_loss_limits", "besace_settings_audit", "users",
          "besace_settings", "besace_zones", "besace_rewards")


@pytest.mark.parametrize("language", LOCALES)
def test_every_page_about_oneself_is_the_golden_one(start, database, application, language):
    service = start(database, BESACE_PUBLIC_URL="https://besace.example.org", BESACE_LINK_KEY="5b" * 32)
    pages = {}
    for scenes in (earnings, rewards, limits, announcements):
        for table in TABLES:
            database.run(f"DELETE FROM {table}")
        stage = Stage(service, database, application, LOCALES[language])
        scenes(stage)
        pages |= stage.pages
    compare(f"own_{language}.json", pages)
