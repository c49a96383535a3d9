-- The ids that Discord has given our commands, as besacectl register learnt them: /aide names commands
-- by them, so that members can press them. Guild 0 has those that are registered everywhere.
CREATE TABLE besace_command_ids (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	name VARCHAR(32) NOT NULL,
	command_id VARCHAR(20) COLLATE "C" NOT NULL,
	CONSTRAINT besace_command_ids_pkey PRIMARY KEY (guild_id, name)
);

SELECT besace_catalogue_keep();
