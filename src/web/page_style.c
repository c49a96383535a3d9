/* The style of the pages: style.css, with the colours of the themes. */
#include <pthread.h>
#include <sodium.h>
#include <talloc.h>

#include "leaderboard_page.h"
#include "palette.h"
#include "template.h"

/* Drops the ends of lines, which mean nothing to a browser: no line of style.css ends within a
 * value. */
static void drop_lines(char *css, size_t *size)
{
	char *to = css;
	for (const char *from = css; *from; from++)
		if (*from != '\n')
			*to++ = *from;
	*to = '\0';
	*size = (size_t)(to - css);
}

/* By day each theme has the paper of sable, and its own leather. */
char *page_style(void *ctx, size_t *out_size)
{
	struct template_section *page = part_create(ctx);
	palette_set(page, palette_of(THEME_SABLE));
	for (int i = 0; i < THEME_COUNT; i++) {
		const struct palette *palette = palette_of((enum card_theme)i);
		const char *name = card_theme_name((enum card_theme)i);
		struct template_section *theme = part_add(page, "theme");
		part_set(theme, "name", name);
		palette_set(theme, palette);
		struct template_section *light = part_add(page, "light");
		part_set(light, "name", name);
		part_set(light, "fill", i == THEME_SABLE ? palette->fill : palette->tag_bottom);
	}
	char *css = template_fill(ctx, template_of("style.css"), page, out_size);
	talloc_free(page);
	drop_lines(css, out_size);
	return css;
}

static char style_version[13];

static void make_style_version(void)
{
	size_t size;
	char *css = page_style(NULL, &size);
	unsigned char hash[crypto_generichash_BYTES_MIN];
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)css, size, NULL, 0);
	sodium_bin2hex(style_version, sizeof(style_version), hash, sizeof(style_version) / 2);
	talloc_free(css);
}

const char *page_style_version(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_style_version);
	return style_version;
}
