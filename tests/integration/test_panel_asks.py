"""What /reglages asks Discord by REST, behind a deferral: roles before the shim has told of them, and
everything that is set when it is checked."""

import re

import pytest

from support.interactions import GUILD, Member, custom_id
from support.panel import (BUTTON, MANAGE_GUILD, MANAGE_ROLES, SEND, VIEW, Manager, Role, parts,
                           shown)
from support.replies import shown as refused_with
from support.roles import OWN, describe, jobs, reward_state, set_level
from support.settings import change, changed, settle, zone
from support.wait import until

ORIGINAL = "/webhooks/{webhook}/{token}/messages/@original"
PLACE = "1400000000000000701"
CONNECT, MANAGE_THREADS, SEND_IN_THREADS = 1 << 20, 1 << 34, 1 << 38
DEFER, DEFER_UPDATE = 5, 6


class Asker(Manager):
    """A manager whose requests may be deferred: then the result is awaited."""
    deferred = None

    def sent(self, body):
        body["member"]["permissions"] = str(self.permissions)
        body["member"]["roles"] = self.roles
        self.discord.add_token(body["token"], application_id=self.app.id, ephemeral=True)
        answer = self.service.ask(body, deferred=True)
        self.deferred = answer["type"] if answer["type"] in (DEFER, DEFER_UPDATE) else None
        if self.deferred is None:
            return answer
        calls = self.discord.wait_for(lambda: [
            call for call in self.discord.calls() if body["token"] in call["path"]])
        return {"type": 7, "data": calls[-1]["body"]}


@pytest.fixture
def modo(start, database, application, discord):
    discord.settings(application_id=application.id)
    service = start(database, DISCORD_API_URL=discord.url, DISCORD_BOT_TOKEN="bot.token.test")
    manager = Asker(service, application, Member("modo"), MANAGE_GUILD | MANAGE_ROLES,
                    roles=["800"])
    manager.discord = discord
    return manager


def asked(discord):
    """What was asked of Discord about the guild and its channels."""
    return [call["path"].split("/v10", 1)[-1] for call in discord.calls("GET")
            if "/guilds/" in call["path"] or "/channels/" in call["path"]]


# -- roles that nobody has told of yet


def test_roles_are_asked_for_until_the_shim_has_told_of_them(modo, database, discord, application):
    describe(discord, "500", {"id": "800", "position": 60}, own_position=50)
    reply = modo.command("recompense ajouter", ("niveau", 5), ("role", Role("500")))
    assert modo.deferred == DEFER and "<@&500>" in shown(reply)
    assert changed(database) == {"reward.500": {"level": 5, "mode": "stack"}}
    paths = asked(discord)
    assert f"/guilds/{GUILD}/roles" in paths
    assert f"/guilds/{GUILD}/members/{application.id}" in paths
    assert database.one("SELECT own_role_id FROM besace_guilds WHERE guild_id = %s", GUILD) == OWN
    # One that was made since then, and one that grew.
    describe(discord, {"id": "500", "permissions": 8}, "501", {"id": "800", "position": 60})
    modo.command("recompense ajouter", ("niveau", 6), ("role", Role("501")))
    assert modo.deferred == DEFER and "reward.501" in changed(database)
    reply = modo.command("recompense ajouter", ("niveau", 6), ("role", Role("500")))
    assert "trop de pouvoir" in refused_with(reply)
    paths = asked(discord)
    database.run("UPDATE besace_guilds SET roles_told = true")
    modo.command("recompense ajouter", ("niveau", 7), ("role", Role("501")))
    assert modo.deferred is None and asked(discord) == paths


def test_a_guild_that_has_discord_asked_often_is_judged_by_what_was_told_last(modo, database, discord):
    describe(discord, "500", {"id": "800", "position": 60})
    for level in range(2, 3 + 6 * modo.service.loops):  # each loop counts for itself
        modo.command("recompense ajouter", ("niveau", level), ("role", Role("500")))
    assert modo.deferred is None
    assert changed(database) == {"reward.500": {"level": level, "mode": "stack"}}


def test_besace_without_a_role_gives_none(modo, database, discord):
    describe(discord, "500", {"id": "800", "position": 60})
    discord.add_guild(GUILD, roles=[{"id": "500"}, {"id": "800", "position": 60}], own=[])
    reply = modo.command("recompense ajouter", ("niveau", 5), ("role", Role("500")))
    assert "au-dessous de celui de Besace" in refused_with(reply) and changed(database) == {}


@pytest.mark.parametrize("role, described, sentence", [
    (GUILD, {}, "@everyone"), ("501", {"managed": True}, "géré"),
    ("502", {"permissions": 1 << 2}, "trop de pouvoir"), ("503", {"position": 50}, "Besace"),
    ("504", {"position": 51}, "Besace"), ("505", {"position": 40}, "ton plus haut rôle"),
    ("599", None, "Je ne connais pas")])
def test_a_role_that_may_be_none_is_refused(modo, database, discord, role, described, sentence):
    """Of two in one position the one with the lower id is the higher one: 503 is above 900."""
    mentioned = [{"id": role, **described}] if described and role != GUILD else []
    describe(discord, *mentioned, {"id": "800", "position": 40}, own_position=50)
    reply = modo.command("recompense ajouter", ("niveau", 5), ("role", Role(role)))
    assert sentence in refused_with(reply), reply
    assert changed(database) == {}


def test_roles_are_asked_for_when_a_reward_comes_back(modo, database, discord):
    describe(discord, "500", {"id": "502", "permissions": 1 << 2}, {"id": "800", "position": 40})
    for role in ("500", "502"):
        assert change(database, {f"reward.{role}": {"level": 5, "mode": "stack"}})["done"]
        taken = change(database, {f"reward.{role}": None})["changes"][0]["audit"]
        modo.press(custom_id("reglages", "undo", number=taken))
        assert modo.deferred == DEFER_UPDATE
        database.run("DELETE FROM besace_guild_roles")
    assert changed(database) == {"reward.500": {"level": 5, "mode": "stack"}}


def test_the_owner_may_choose_what_is_above_their_roles(modo, database, discord):
    describe(discord, {"id": "505", "position": 45}, {"id": "800", "position": 40},
             own_position=50, owner_id=modo.member.id)
    modo.command("recompense ajouter", ("niveau", 5), ("role", Role("505")))
    assert "reward.505" in changed(database)


def test_discord_that_does_not_answer_refuses_nothing_for_good(modo, database, discord):
    describe(discord, "500", {"id": "800", "position": 60})
    discord.fail(method="GET", route="/guilds/{guild}/roles", status=403,
                 body={"message": "Missing Access", "code": 50001})
    reply = modo.command("recompense ajouter", ("niveau", 5), ("role", Role("500")))
    assert "Je ne connais pas encore" in refused_with(reply) and changed(database) == {}
    modo.command("recompense ajouter", ("niveau", 5), ("role", Role("500")))
    assert "reward.500" in changed(database)


# -- checking


def overwrite(id, allow=0, deny=0, member=False):
    return {"id": id, "type": 1 if member else 0, "allow": str(allow), "deny": str(deny)}


def set_everything(database, discord, application):
    """A guild in which all is well: a place, a game's channel, a zone, a reward."""
    describe(discord, "500", {"id": "800", "position": 60}, own_position=50,
             permissions=MANAGE_ROLES | VIEW | SEND)
    settle(database, announce_place="channel", announce_channel_id=PLACE, roue__channels=["702"],
           **{"reward.500": {"level": 5, "mode": "stack"}})
    zone(database, "703", "none")


def test_all_is_well(modo, database, discord, application):
    set_everything(database, discord, application)
    reply = modo.command("verifier")
    assert modo.deferred == DEFER
    assert "Tout ce qui est réglé fonctionne" in shown(reply), shown(reply)
    assert {f"/channels/{id}" for id in (PLACE, "702", "703")} <= set(asked(discord))


@pytest.mark.parametrize("overwrites, permission", [
    ([overwrite(GUILD, deny=VIEW)], "Voir le salon"),
    ([overwrite(OWN, deny=SEND)], "Envoyer des messages"),
    ([overwrite(GUILD, deny=SEND), overwrite(OWN, allow=SEND)], None),
    ([overwrite(OWN, allow=SEND), overwrite("BOT", deny=SEND, member=True)],
     "Envoyer des messages"),
    ([overwrite("800", deny=VIEW), overwrite("BOT", deny=VIEW)], None)])
def test_permissions_are_those_of_the_moment(modo, database, discord, application, overwrites,
                                             permission):
    set_everything(database, discord, application)
    for each in overwrites:
        each["id"] = each["id"].replace("BOT", application.id)
    discord.channels[PLACE] = {"permission_overwrites": overwrites}
    text = shown(modo.command("verifier"))
    if permission:
        assert f"« {permission} »" in text and f"<#{PLACE}>" in text and "⚠️" in text
    else:
        assert "fonctionne" in text


def test_a_thread_has_the_permissions_of_its_channel(modo, database, discord, application):
    set_everything(database, discord, application)
    discord.channels[PLACE] = {"type": 11, "parent_id": "709"}
    assert "Envoyer des messages dans les fils" in shown(modo.command("verifier"))
    discord.channels["709"] = {"permission_overwrites": [overwrite(OWN, allow=SEND_IN_THREADS)]}
    assert "fonctionne" in shown(modo.command("verifier"))


@pytest.mark.parametrize("type", [2, 13])
def test_a_voice_channel_is_written_in_by_who_may_join_it(modo, database, discord, application, type):
    """Discord denies everything there to who is denied joining; elsewhere the permission means nothing."""
    set_everything(database, discord, application)
    discord.channels[PLACE] = {"type": type, "permission_overwrites": [overwrite(OWN, deny=CONNECT)]}
    text = shown(modo.command("verifier"))
    assert f"<#{PLACE}>" in text and "« Se connecter »" in text
    modo.locale = "en-GB"
    assert "“Connect”" in shown(modo.command("verifier"))
    discord.channels[PLACE]["permission_overwrites"] = [overwrite(OWN, allow=CONNECT)]
    assert "Everything that is set works" in shown(modo.command("verifier"))


def test_a_locked_thread_is_named(modo, database, discord, application):
    """Whoever may not manage threads writes nothing there."""
    set_everything(database, discord, application)
    discord.channels["709"] = {"permission_overwrites": [overwrite(OWN, allow=SEND_IN_THREADS)]}
    discord.channels[PLACE] = {"type": 11, "parent_id": "709", "thread_metadata": {"locked": True}}
    assert f"<#{PLACE}> est un fil verrouillé" in shown(modo.command("verifier"))
    modo.locale = "en-GB"
    assert f"<#{PLACE}> is a locked thread" in shown(modo.command("verifier"))
    discord.channels["709"]["permission_overwrites"] = [overwrite(OWN, allow=SEND_IN_THREADS | MANAGE_THREADS)]
    assert "Everything that is set works" in shown(modo.command("verifier"))
    # Archived alone it wakes by the message.
    discord.channels["709"]["permission_overwrites"] = [overwrite(OWN, allow=SEND_IN_THREADS)]
    discord.channels[PLACE]["thread_metadata"] = {"locked": False, "archived": True}
    assert "Everything that is set works" in shown(modo.command("verifier"))


def test_each_fault_is_named_with_what_mends_it(modo, database, discord, application):
    set_everything(database, discord, application)
    discord.channels[PLACE] = {"type": 15}
    discord.channels["702"] = {"refused": (404, 10003)}
    discord.channels["703"] = {"refused": (403, 50001)}
    describe(discord, {"id": "500", "position": 70}, own_position=50, permissions=0)
    text = shown(modo.command("verifier"))
    for words in ("est un forum", "<#702> n’existe plus", "<#703>", "Gérer les rôles",
                  "au-dessus de celui de Besace"):
        assert words in text, (words, text)


def test_a_channel_of_another_server_is_named(modo, database, discord, application):
    """Settings that were copied from there: Besace is in both, and may write in either."""
    set_everything(database, discord, application)
    for channel in (PLACE, "702", "703"):
        discord.channels[channel] = {"guild_id": "77"}
    text = shown(modo.command("verifier"))
    for channel, page in ((PLACE, "Annonces"), ("702", "Jeux"), ("703", "Zones")):
        assert re.search(f"<#{channel}> n’est pas un salon de ce serveur.*page {page}", text), text
    modo.locale = "en-GB"
    assert f"<#{PLACE}> is no channel of this server" in shown(modo.command("verifier"))


@pytest.fixture
def served(start, database, application, discord):
    """A server whose announcements go where the operator says."""
    discord.settings(application_id=application.id)
    service = start(database, DISCORD_API_URL=discord.url, DISCORD_BOT_TOKEN="bot.token.test",
                    BESACE_LEVEL_CHANNEL_ID=PLACE)
    until(lambda: database.run("SELECT guild_id FROM besace_announce_default") == [(GUILD,)], "it is known")
    manager = Asker(service, application, Member("modo"), MANAGE_GUILD | MANAGE_ROLES, roles=["800"])
    manager.discord = discord
    return manager


def test_the_operators_channel_is_checked_where_it_counts(served, database, discord):
    describe(discord, {"id": "800", "position": 60}, permissions=MANAGE_ROLES | VIEW | SEND | SEND_IN_THREADS)
    assert "fonctionne" in shown(served.command("verifier"))
    discord.channels[PLACE] = {"permission_overwrites": [overwrite(OWN, deny=SEND)]}
    text = shown(served.command("verifier"))
    assert f"Dans <#{PLACE}> (page Annonces), il manque" in text and "« Envoyer des messages »" in text
    discord.channels["709"] = {"permission_overwrites": [overwrite(OWN, deny=SEND_IN_THREADS)]}
    discord.channels[PLACE] = {"type": 11, "parent_id": "709"}
    assert "Envoyer des messages dans les fils" in shown(served.command("verifier"))
    discord.channels[PLACE] = {"refused": (404, 10003)}
    assert f"Le salon <#{PLACE}> n’existe plus" in shown(served.command("verifier"))
    settle(database, announce_place="none")
    assert "fonctionne" in shown(served.command("verifier"))


def test_a_channel_in_which_nothing_is_announced_needs_no_permission(modo, database, discord, application):
    """It stays set while announcements go elsewhere."""
    set_everything(database, discord, application)
    discord.channels[PLACE] = {"permission_overwrites": [overwrite(OWN, deny=SEND)]}
    settle(database, announce_place="here")
    assert "fonctionne" in shown(modo.command("verifier"))
    settle(database, announce_place="channel")
    assert "Envoyer des messages" in shown(modo.command("verifier"))


@pytest.mark.parametrize("values, french, english", [
    ({"levels": False}, "se rallument à la page XP", "turned on again on the page XP"),
    ({"announce_role_only": True}, "Ajoute une récompense, ou", "Add a reward, or"),
    ({"reward.502": {"level": 5, "mode": "stack"}}, "Retire la récompense, ou", "Remove the reward, or")])
def test_what_does_not_work_is_told_with_what_mends_it(modo, database, discord, values, french, english):
    describe(discord, {"id": "502", "managed": True}, {"id": "800", "position": 60}, own_position=50)
    settle(database, **values)
    assert french in shown(modo.command("verifier"))
    modo.locale = "en-GB"
    assert english in shown(modo.command("verifier"))


def test_roles_that_are_missing_are_named(modo, database, discord):
    """Deleted while nobody was there to tell of it."""
    describe(discord, "500", "501")
    for role in ("500", "598"):
        zone(database, role, "none", role=True)
    settle(database, access_roles=["501", "599"])
    text = shown(modo.command("verifier"))
    assert [f"n’existe plus (<@&{role}>)" in text for role in ("500", "501", "598", "599")] == [
        False, False, True, True]


def test_discord_away_is_said(modo, database, discord, application):
    set_everything(database, discord, application)
    discord.fail(method="GET", route="/channels/{channel}", status=400,
                 body={"message": "Invalid", "code": 50035})
    assert "Discord n’a pas répondu sur tout" in shown(modo.command("verifier"))
    assert "fonctionne" in shown(modo.command("verifier"))


@pytest.mark.parametrize("more, said", [
    (0, "Tout ce qui est réglé fonctionne"), (1, "1 salon n’a pas été vérifié"),
    (4, "4 salons n’ont pas été vérifiés")])
def test_channels_beyond_those_that_are_asked_for_are_counted(modo, database, discord, more, said):
    """57 channels are asked for, each once; that nobody asked is not what Discord did not answer."""
    describe(discord, "500", {"id": "800", "position": 60}, own_position=50,
             permissions=MANAGE_ROLES | VIEW | SEND | SEND_IN_THREADS)
    discord.channels[PLACE] = {"type": 11, "parent_id": "709"}
    own = [str(1400000000000001000 + each) for each in range(56 + more)]
    settle(database, announce_place="channel", announce_channel_id=PLACE, roue__channels=own[:10],
           duel__channels=own[:10], **{f"zone.{id}": {"effect": "none"} for id in own[9:59]})
    if more > 3:
        settle(database, pfc__channels=own[58:])
    text = shown(modo.command("verifier"))
    assert said in text and "répondu" not in text, text
    assert ("fonctionne" in text) == (more == 0)
    paths = [path for path in asked(discord) if path.startswith("/channels/")]
    # The thread's parent beside them: what Besace may do there is always looked at.
    assert len(paths) == len(set(paths)) == 58 and "/channels/709" in paths
    modo.locale = "en-GB"
    if more:
        assert re.search(rf"\b{more} channels? (was|were) not checked", shown(modo.command("verifier")))


def test_the_channel_of_a_thread_that_is_a_zone_is_not_asked_for(modo, database, discord, application):
    set_everything(database, discord, application)
    discord.channels["703"] = {"type": 11, "parent_id": "709"}
    assert "fonctionne" in shown(modo.command("verifier"))
    assert "/channels/703" in asked(discord) and "/channels/709" not in asked(discord)


# -- the message follows


def original(discord, token):
    return [call["body"] for call in discord.calls("PATCH", ORIGINAL) if token in call["path"]]


def test_the_message_follows_until_all_have_their_role(modo, database, discord):
    describe(discord, "500", {"id": "800", "position": 60})
    members = [database.add_member(Member(), xp=10000) for _ in range(3)]
    page = modo.command("recompense ajouter", ("niveau", 2), ("role", Role("500")))
    assert "3 membres y ont droit" in shown(page)
    discord.settings(any_token={"deferred": False, "ephemeral": True})
    press = next(part["custom_id"] for part in parts(page, BUTTON)
                 if part["label"] == "Appliquer maintenant")
    body = modo.app.press(press, modo.member)
    assert "Leurs rôles arrivent" in shown(modo.sent(body))
    discord.wait_for(lambda: any("Rôles attribués : 3 sur 3" in shown({"data": each})
                                 for each in original(discord, body["token"])))
    assert all(discord.roles_of(member.id) == {"500"} for member in members)
    assert database.run("SELECT message_token, follow_at FROM besace_role_runs") == [(None, None)]


def test_a_message_that_shows_something_else_is_left_alone(modo, database, discord):
    describe(discord, "500", {"id": "800", "position": 60})
    database.add_member(Member(), xp=10000)
    page = modo.command("recompense ajouter", ("niveau", 2), ("role", Role("500")))
    modo.button(page, "Appliquer maintenant")
    database.run("UPDATE besace_role_runs SET follow_at = follow_at + interval '1 hour'")
    assert "Réglages" in shown(modo.open("xp"))
    assert database.run("SELECT message_token, follow_at FROM besace_role_runs") == [(None, None)]


@pytest.mark.parametrize("owner, position, state", [(False, 60, "active"), (False, 61, "blocked"), (True, 61, "active")])
def test_a_role_that_rose_above_who_chose_it_is_refused_when_it_is_due(
        modo, database, discord, application, owner, position, state):
    """800 is the setter's highest role, at 60; the reward stays below Besace's. Of two in one position
    the one with the lower id is the higher one: 850 is below 800."""
    described = {"own_position": 70, **({"owner_id": modo.member.id} if owner else {})}
    describe(discord, {"id": "850", "position": 10}, {"id": "800", "position": 60}, **described)
    modo.command("recompense ajouter", ("niveau", 2), ("role", Role("850")))
    describe(discord, {"id": "850", "position": position}, {"id": "800", "position": 60}, **described)
    modo.command("verifier")
    member = database.add_member(Member())
    set_level(database, member, 2)
    until(lambda: "due" not in jobs(database).values(), "the job is done or waits")
    assert reward_state(database, "850")[0] == state
    assert discord.roles_of(member.id) == ({"850"} if state == "active" else set())
    assert ("n’est plus au-dessous" in shown(modo.command("panneau"))) == (state == "blocked")
