"""The predecessor's database, of both generations."""

# As a bot without any care for constraints made them.
TABLES = """
CREATE TABLE users (user_id VARCHAR(20), username VARCHAR(255), balance INTEGER DEFAULT 25,
    xp {figures} DEFAULT 0, level INTEGER DEFAULT 1, invites INTEGER DEFAULT 0,
    message_count INTEGER DEFAULT 0, voice_time INTEGER DEFAULT 0, last_message_xp_time TIMESTAMP,
    last_gift_time TIMESTAMP, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE user_inventory (id SERIAL, user_id VARCHAR(20), item_type VARCHAR(50),
    quantity INTEGER DEFAULT 0);
CREATE TABLE active_multipliers (id SERIAL, user_id VARCHAR(20), multiplier_type VARCHAR(50),
    multiplier_value INTEGER, games_remaining INTEGER DEFAULT 2,
    activated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE transactions (id SERIAL, from_user_id VARCHAR(20), to_user_id VARCHAR(20),
    amount {figures}, transaction_type VARCHAR(50), description TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE game_history (id SERIAL, game_type VARCHAR(50), player_id VARCHAR(20),
    opponent_id VARCHAR(20), bet_amount INTEGER, result VARCHAR(20), winnings INTEGER DEFAULT 0,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
"""
LATER = """
CREATE TABLE lottery (id SERIAL, user_id VARCHAR(20), tickets INTEGER);
CREATE TABLE giveaways (id SERIAL, prize TEXT, ends_at TIMESTAMP);
CREATE TABLE rankings (user_id VARCHAR(20), season INTEGER, rank INTEGER);
CREATE TABLE voice_sessions (user_id VARCHAR(20), channel_id VARCHAR(20), joined_at TIMESTAMP);
CREATE TABLE quiz_scores (user_id VARCHAR(20), score INTEGER);
"""


class Predecessor:
    """A database of the predecessor's of the test's own."""

    def __init__(self, cluster, generation, figures="INTEGER"):
        self.database = cluster.create()
        self.jackpot = "jackpot" if generation == 1 else "tresor"
        self.database.run(TABLES.format(figures=figures) + (LATER if generation == 2 else ""))

    def add(self, table, **columns):
        names = ", ".join(columns)
        places = ", ".join(["%s"] * len(columns))
        self.database.run(f"INSERT INTO {table} ({names}) VALUES ({places})", *columns.values())

    @property
    def url(self):
        return self.database.url
