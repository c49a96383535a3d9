"""besacectl import and undo import, as an operator calls them."""

import json
import os
import subprocess

from .interactions import GUILD
from .service import BESACECTL

PASSED_ON = {name: value for name, value in os.environ.items()
             if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}
DEADLINE_S = 300


class Mover:
    """Imports into DATABASE from files of FOLDER."""

    def __init__(self, database, folder):
        self.database, self.folder = database, folder

    def file(self, content, name="members.json"):
        path = self.folder / name
        if isinstance(content, (dict, list)):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def start(self, *words, **how):
        return subprocess.Popen(
            [BESACECTL, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**PASSED_ON, "DATABASE_URL": self.database.url}, **how)

    def call(self, *words, stdin=""):
        return subprocess.run(
            [BESACECTL, *map(str, words)], input=stdin, capture_output=True, text=True,
            env={**PASSED_ON, "DATABASE_URL": self.database.url}, timeout=DEADLINE_S, check=False)

    def ask(self, source, content, *words, guild=GUILD, name="members.json"):
        path = content if hasattr(content, "parent") else self.file(content, name)
        return self.call("import", source, path, "--guild", guild, "--json", *words)

    def load(self, source, content, *words, **how):
        """Imports, which must work, and returns what --json says."""
        done = self.ask(source, content, *words, **how)
        assert done.returncode == 0, done.stderr
        assert self.is_sound()
        return json.loads(done.stdout)

    def refuse(self, source, content, *words, status=1, **how):
        """What standard error says of an import that must not work."""
        done = self.ask(source, content, *words, **how)
        assert done.returncode == status, (done.stdout, done.stderr)
        assert "ERROR: AddressSanitizer" not in done.stderr and "runtime error" not in done.stderr
        return done.stderr

    def undo(self, number, *words, status=0):
        done = self.call("undo", "import", number, *words)
        assert done.returncode == status, done.stderr
        assert self.is_sound()
        return done.stdout + done.stderr

    def is_sound(self):
        """Every LC explained, every level right, the leaderboards too."""
        done = self.call("check")
        assert done.returncode == 0, done.stdout
        return True

    def figures(self, user, guild=GUILD):
        rows = self.database.run(
            "SELECT username, xp, level, balance, message_count, voice_time, invites"
            " FROM users WHERE guild_id = %s AND user_id = %s", guild, str(user))
        return dict(zip(("name", "xp", "level", "balance", "messages", "voice", "invites"),
                        rows[0])) if rows else None

    def everything(self):
        """All that members have, to be compared."""
        return [self.database.run(sql) for sql in (
            "SELECT guild_id, user_id, username, balance, xp, level, invites, message_count,"
            " voice_time, level_rewarded FROM users ORDER BY 1, 2",
            "SELECT guild_id, user_id, item_type, quantity FROM user_inventory"
            " WHERE quantity > 0 ORDER BY 1, 2, 3",
            "SELECT guild_id, user_id, multiplier_value, games_remaining FROM active_multipliers"
            " ORDER BY 1, 2",
            "SELECT guild_id, from_user_id, to_user_id, amount, transaction_type FROM transactions"
            " ORDER BY id",
            "SELECT guild_id, player_id, game_type, result FROM game_history ORDER BY id")]
