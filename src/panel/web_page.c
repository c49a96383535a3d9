/* Leads from the panel to the guild's web page. */
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/store/pages.h"
#include "state.h"

/* Where the page is: its name once it is listed under one, else its token; NULL: nowhere yet. */
static const char *address_of(const struct settings_state *state, bool is_listed)
{
	const char *name = state->values[SETTING_PAGE_NAME].text;
	return is_listed && name && *name ? name : state->page_token;
}

void add_web_page(struct invocation *invocation, const struct panel *panel)
{
	const struct settings_state *state = panel->state;
	enum language language = invocation_own_language(invocation);
	const char *visibility = setting_get(SETTING_PAGE_VISIBILITY)
					 ->choices[state->values[SETTING_PAGE_VISIBILITY].number];
	const char *address = address_of(state, strcmp(visibility, "listed") == 0);
	if (!invocation->world.public_url || strcmp(visibility, "off") == 0)
		return;
	if (address)
		reply_add_button(&invocation->reply,
			(struct button){.style = BUTTON_LINK,
				.label = text_get(language, TEXT_PAGE_SEE),
				.url = must(talloc_asprintf(invocation->ctx, "%s/serveur/%s",
					invocation->world.public_url, address))});
	reply_add_button(&invocation->reply,
		(struct button){.style = BUTTON_SECONDARY,
			.label = text_get(
				language, state->page_token ? TEXT_PAGE_RENEW : TEXT_PAGE_MAKE),
			.emoji = "🔁",
			.custom_id =
				invocation_custom_id(invocation, panel_id(panel, "renew", ""))});
}

enum step web_page_renewed(
	struct invocation *invocation, struct panel *panel, const struct db_rows *rows)
{
	if (page_renew_read(invocation->ctx, rows))
		return STEP_BROKEN;
	panel->notice = text_get(invocation_own_language(invocation), TEXT_PAGE_RENEWED);
	panel->stage = STAGE_CHANGED;
	settings_read_call(invocation->ctx, &invocation->guild, &invocation->call);
	return STEP_CALL;
}
