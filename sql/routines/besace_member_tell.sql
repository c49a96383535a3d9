-- The roles that the interaction of P_SEEN_MS shows of P_USER, whose row is locked (NULL: it shows none):
-- what it pays counts them. They are kept where zones ask for them; elsewhere nothing is read of it but
-- the settings.
CREATE OR REPLACE FUNCTION besace_roles_see(
	p_guild VARCHAR, p_user VARCHAR, p_seen_ms BIGINT, p_roles TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_roles VARCHAR[] := string_to_array(p_roles, ',');
BEGIN
	IF v_roles IS NULL OR NOT EXISTS (
			SELECT FROM besace_settings WHERE guild_id = p_guild AND has_roles) THEN
		RETURN;
	END IF;
	UPDATE users SET roles = v_roles, name_seen_ms = p_seen_ms, updated_at = now() AT TIME ZONE 'utc'
	WHERE guild_id = p_guild AND user_id = p_user AND name_seen_ms <= p_seen_ms
		AND roles <> v_roles;
END
$$;

-- Keeps what an interaction of P_SEEN_MS tells of the member who asked: they are there, with these
-- roles (comma-separated), since P_JOINED_AT (as Discord writes it; NULL: not told). Of a member who
-- is not known nothing is kept. Writes only what differs; older news never replaces newer.
CREATE OR REPLACE FUNCTION besace_member_tell(p_guild VARCHAR, p_user VARCHAR, p_seen_ms BIGINT,
	p_roles TEXT, p_joined_at VARCHAR, p_pending BOOLEAN) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_roles VARCHAR[] := string_to_array(p_roles, ',');
	-- Shims tell it in milliseconds: a rest of them must not look like another joining.
	v_joined_at TIMESTAMP := date_trunc('milliseconds', p_joined_at::timestamptz AT TIME ZONE 'utc');
BEGIN
	UPDATE users SET roles = v_roles, pending = p_pending, left_at = NULL,
		joined_at = greatest(joined_at, v_joined_at),
		name_seen_ms = CASE WHEN roles <> v_roles THEN p_seen_ms ELSE name_seen_ms END,
		updated_at = now() AT TIME ZONE 'utc'
	WHERE guild_id = p_guild AND user_id = p_user AND name_seen_ms <= p_seen_ms
		AND (roles <> v_roles OR pending <> p_pending OR left_at IS NOT NULL
			OR v_joined_at > coalesce(joined_at, '-infinity'));
END
$$;
