// The work of every peer: fresh reads with named (hence prepared) statements, a reply object.

const LABELS = {
  jackpot: 'Jackpot',
  multiplier_x2: 'Multiplicateur ×2',
  multiplier_x3: 'Multiplicateur ×3',
};

const statement = (name, text) => (pool, values) => pool.query({ name, text, values });

const readUser = statement('read_user', 'SELECT * FROM users WHERE user_id = $1');
const createUser = statement(
  'create_user',
  `INSERT INTO users (user_id, username) VALUES ($1, $2)
   ON CONFLICT (user_id) DO UPDATE SET username = excluded.username RETURNING *`,
);
const readItems = statement(
  'read_items',
  `SELECT item_type, quantity FROM user_inventory
   WHERE user_id = $1 AND quantity > 0 ORDER BY item_type`,
);
const readMultiplier = statement(
  'read_multiplier',
  `SELECT multiplier_value, games_remaining FROM active_multipliers
   WHERE user_id = $1 AND games_remaining > 0`,
);

async function findUser(pool, user) {
  const found = await readUser(pool, [user.id]);
  return found.rows[0] ?? (await createUser(pool, [user.id, user.username])).rows[0];
}

function balance(row) {
  return { embeds: [{ description: `${row.balance} LC`, color: 0x5865f2 }] };
}

function level(row, user) {
  let reached = 1;
  let start = 0;
  while (start + reached * 100 <= row.xp) {
    start += reached * 100;
    reached += 1;
  }
  const percent = Math.floor(((row.xp - start) * 100) / (reached * 100));
  const full = Math.floor(percent / 5);
  const bar = '█'.repeat(full) + '░'.repeat(20 - full);
  const text = `Niveau ${reached}\n${bar} ${percent} %`;
  return { embeds: [{ title: user.global_name, description: text, color: 0x5865f2 }] };
}

async function bag(pool, user) {
  const items = (await readItems(pool, [user.id])).rows;
  const active = (await readMultiplier(pool, [user.id])).rows[0];
  const fields = items.map((item) => ({
    name: LABELS[item.item_type],
    value: `×${item.quantity}`,
    inline: true,
  }));
  if (active) {
    const value = `×${active.multiplier_value}, ${active.games_remaining}`;
    fields.unshift({ name: 'Multiplicateur actif', value });
  }
  const buttons = items.map((item) => ({
    type: 2,
    style: 1,
    label: `${LABELS[item.item_type]} (${item.quantity})`,
    custom_id: `sac:1:${item.item_type}:${user.id}`,
  }));
  return {
    embeds: [{ title: `Sac de ${user.global_name}`, color: 0x5865f2, fields }],
    components: buttons.length ? [{ type: 1, components: buttons }] : [],
  };
}

export async function reply(pool, interaction) {
  if (interaction.type === 1) return { type: 1 };
  const { user } = interaction.member;
  const row = await findUser(pool, user);
  const { name } = interaction.data;
  if (name === 'lc') return { type: 4, data: balance(row) };
  if (name === 'niveau') return { type: 4, data: level(row, user) };
  return { type: 4, data: await bag(pool, user) };
}
