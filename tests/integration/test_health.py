"""/readyz: what a load balancer and an operator are told."""

import json

import pytest

from support.metrics import metrics_of
from support.ports import own_port
from support.wait import until


def ready(service):
    return service.get("/readyz")


@pytest.fixture(name="speaking")
def settings_with_a_token(discord):
    return {"DISCORD_API_URL": discord.url, "DISCORD_BOT_TOKEN": "bot.token.test"}


def test_readyz_names_a_token_that_discord_refuses(start, database, member, discord, speaking):
    discord.settings(bot_token="another")
    service = start(database, **speaking)
    assert b"DISCORD_BOT_TOKEN" not in ready(service).body
    database.add_member(member)
    database.run("INSERT INTO besace_outbox_channels (guild_id, channel_id) VALUES ('1', '11')")
    database.run("INSERT INTO besace_outbox (guild_id, channel_id, user_id, body) VALUES ('1', '11', %s,"
                 " %s)", member.id, json.dumps({
                     "kind": "level_up", "locale": "fr", "old": 1, "level": 2, "lc": 25, "items": {},
                     "roles": [], "place": "11", "template": None}))
    until(lambda: b"DISCORD_BOT_TOKEN" in ready(service).body, "it is named")
    reply = until(lambda: (lambda reply: reply if reply.status == 200 else None)(ready(service)), "200")
    assert reply.json()["status"] == "ready"
    assert service.said("Discord refuses the bot token: no bot calls for now")
    service.stop()
    discord.violations.clear()


def test_readyz_is_503_while_most_changes_fail(start, database, member):
    service = start(database)
    database.add_member(member, jackpot=1)
    database.run("CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS"
                 " $$ BEGIN RAISE 'refused by the test'; END $$")
    database.run("CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON besace_receipts"
                 " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()")
    for _ in range(3):
        service.ask(service.application.command("cadeau", member))
    reply = until(lambda: (lambda reply: reply if reply.status == 503 else None)(ready(service)), "503")
    assert "most changes" in reply.json()["error"]
    assert service.get("/healthz").status == 200
    database.run("DROP TRIGGER refuse ON besace_receipts")
    for _ in range(8):
        service.ask(service.application.command("cadeau", member))
    until(lambda: ready(service).status == 200, "it is ready again")


@pytest.mark.parametrize("level", ["info", "debug"])
def test_a_full_disk_is_told_once_and_not_for_each_member(start, database, member, level):
    service = start(database, BESACE_METRICS_LISTEN=f"127.0.0.1:{own_port()}", BESACE_LOG=level)
    database.add_member(member)
    database.run("CREATE FUNCTION full() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RAISE disk_full; END'")
    database.run("CREATE TRIGGER fills AFTER INSERT ON besace_receipts FOR EACH ROW EXECUTE FUNCTION full()")
    (line,) = service.said("listening")
    count = 8 * line["loops"]
    for _ in range(count):
        service.ask(service.application.command("cadeau", member))
    away = 'besace_commands_total{command="cadeau",outcome="away"}'
    until(lambda: metrics_of(service)[away] == count, "all are counted")
    lines = [line for line in service.said("interaction") if line["outcome"] == "away"]
    told = [line for line in lines if line["level"] == "error"]
    # Each loop tells it for itself, and a minute later again: not within this test.
    assert 1 <= len(told) <= line["loops"] and told[0]["member"] == member.id
    assert len(lines) == (count if level == "debug" else len(told))
    assert {line["why"] for line in lines} == {told[0]["why"]} != {""}
