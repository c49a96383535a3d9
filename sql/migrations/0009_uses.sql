-- A button uses one item, however often it is pressed: it names the use that it stands for, and a
-- use that has been made is not made again.
ALTER TABLE user_inventory ADD COLUMN uses INTEGER NOT NULL DEFAULT 0
	CONSTRAINT user_inventory_uses_check CHECK (uses >= 0);

-- Without the number of the use: they would stay beside those that have it.
DROP FUNCTION IF EXISTS besace_bag_open(VARCHAR, VARCHAR, VARCHAR, BIGINT, INTEGER);
DROP FUNCTION IF EXISTS
	besace_bag_activate(VARCHAR, VARCHAR, VARCHAR, BIGINT, VARCHAR, INTEGER, INTEGER);

-- A level that is lost was reached once, whoever wrote it: regained, it pays nothing.
CREATE FUNCTION besace_keep_rewarded() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	NEW.level_rewarded := greatest(NEW.level_rewarded, OLD.level);
	RETURN NEW;
END
$$;
CREATE TRIGGER besace_users_lost BEFORE UPDATE OF xp ON users FOR EACH ROW
	WHEN (NEW.xp < OLD.xp AND OLD.level > OLD.level_rewarded)
	EXECUTE FUNCTION besace_keep_rewarded();
