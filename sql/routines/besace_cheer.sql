-- P_USER congratulates the member of announcement P_ID, once, and never themself. Outcome: {"done":
-- true, "cheers": how many have, "member", "announcement": its body} or {"done": false, "refusal"}
-- with the refusals gone (it is not kept any more), own and again.
CREATE OR REPLACE FUNCTION besace_cheer(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_id BIGINT) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_member VARCHAR;
	v_body JSONB;
	v_refusal TEXT;
BEGIN
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'cheer');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	-- One after the other, so that each is told the number that theirs makes.
	SELECT user_id, body INTO v_member, v_body FROM besace_outbox
		WHERE guild_id = p_guild AND id = p_id AND taken FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		v_refusal := 'gone';
	ELSIF v_member = p_user THEN
		v_refusal := 'own';
	ELSE
		INSERT INTO besace_cheers (guild_id, outbox_id, user_id) VALUES (p_guild, p_id, p_user)
			ON CONFLICT DO NOTHING;
		IF NOT FOUND THEN
			v_refusal := 'again';
		END IF;
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'cheer',
		CASE WHEN v_refusal IS NOT NULL
			THEN jsonb_build_object('done', false, 'refusal', v_refusal)
			ELSE jsonb_build_object('done', true, 'member', v_member, 'announcement', v_body,
				'cheers', (SELECT count(*) FROM besace_cheers
					WHERE guild_id = p_guild AND outbox_id = p_id)) END);
END
$$;
