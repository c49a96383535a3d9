# Besace. `make help` lists the targets; src/README.md explains the layers.

SHELL := /bin/bash
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
PYTHON := /usr/bin/python3
CC = gcc
# SANITIZE=1 builds with AddressSanitizer and UndefinedBehaviorSanitizer, SANITIZE=thread with
# ThreadSanitizer, each in a folder of its own.
SANITIZE ?=
ifeq ($(SANITIZE),thread)
BUILD := $(BUILD)/thread
SANITIZERS := thread
else ifdef SANITIZE
BUILD := $(BUILD)/sanitize
SANITIZERS := address,undefined
endif

# ---- The layers: this table is the architecture. A layer may include its own headers and those of
# the layers named here, nothing else: each is compiled against a view of include/ that holds no
# more. What a layer may include, its callers do not get for free.
LAYERS := base runtime domain discord text store movers rest engine play panel commands jobs http web gateway ctl app prog
MAY_base :=
MAY_runtime := base
MAY_domain := base
MAY_discord := base
MAY_text := base
MAY_store := base runtime domain
MAY_movers := base domain store
MAY_rest := base runtime discord
MAY_engine := base domain discord text store
MAY_play := $(MAY_engine) engine
MAY_panel := $(MAY_play) play
MAY_commands := $(MAY_panel) panel
MAY_jobs := base runtime domain discord text store movers rest engine play
MAY_http := base runtime domain discord text store rest engine jobs
MAY_web := base runtime domain text store
MAY_gateway := base runtime discord rest
MAY_ctl := base runtime domain discord text store movers rest engine web
MAY_app := base runtime domain discord text store rest engine jobs http
MAY_prog := base runtime domain discord text store movers rest engine jobs gateway http web ctl app

PROGRAMS := besace besacectl besace-gateway besace-web

# ---- Flags
LIBRARIES := libpq jansson yajl libsodium libcurl talloc libmicrohttpd gnutls
# Only the shim speaks WebSocket and keeps a spool.
GATEWAY_LIBRARIES := libwebsockets sqlite3 zlib
# Only besace-web, and besacectl card, draw.
WEB_LIBRARIES := librsvg-2.0 pangocairo libpng libdeflate
ALL_LIBRARIES := $(LIBRARIES) $(GATEWAY_LIBRARIES) $(WEB_LIBRARIES)
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wvla -Wformat=2 -Wimplicit-fallthrough -Wnull-dereference
HARDENING := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE \
	-fno-delete-null-pointer-checks -fno-strict-overflow
ifdef SANITIZE
OPTIMISE := -O1 -fno-omit-frame-pointer -fsanitize=$(SANITIZERS)
ifneq ($(SANITIZERS),thread)
OPTIMISE += -fno-sanitize-recover=undefined
endif
LDFLAGS_MODE := -fsanitize=$(SANITIZERS)
else
OPTIMISE := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
LDFLAGS_MODE :=
endif
# WERROR=1 turns warnings into errors: make check does, a packager's other compiler need not.
WERROR ?=
CFLAGS ?= -g
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -pthread $(WARNINGS) $(if $(WERROR),-Werror) $(HARDENING) \
	$(OPTIMISE) $(EXTRA_CFLAGS) $(CFLAGS) -I$(BUILD)/gen/include \
	$(shell pkg-config --cflags $(LIBRARIES))
# libunistring has no file for pkg-config.
LDLIBS = $(shell pkg-config --libs $(LIBRARIES)) -lunistring -pthread -lm
ALL_LDFLAGS = $(LDFLAGS_MODE) -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(LDFLAGS)

# ---- Build
# A word and a name for each step; V=1 shows the commands.
V ?=
say = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(2)';)

SOURCES := $(foreach layer,$(LAYERS),$(wildcard src/$(layer)/*.c))
OBJECTS := $(SOURCES:src/%.c=$(BUILD)/obj/%.o)
LIBRARY := $(BUILD)/libbesace.a
SQL := $(sort $(wildcard sql/migrations/*.sql sql/routines/*.sql sql/queries/*.sql))
TEMPLATES := $(sort $(wildcard src/web/templates/*))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
# Unit tests of what has threads: ThreadSanitizer watches them as well.
THREADED_TESTS := $(BUILD)/tests/test_connector $(BUILD)/tests/test_web_avatars \
	$(BUILD)/tests/test_worker
DRIVERS := $(patsubst tests/drivers/%.c,$(BUILD)/tests/drivers/%,$(wildcard tests/drivers/*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/*.c))
BENCH_TOOLS := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/*.c))
PRELOADS := $(patsubst tests/preload/%.c,$(BUILD)/tests/preload/%.so,$(wildcard tests/preload/*.c))

.PHONY: all views build unit threaded bench-tools run check bench drill soak distros look pictures install deb preloads drivers clean format lint coverage fuzz help
.DELETE_ON_ERROR:

all: packages-build ## build the programs into build/ (installs the build packages first)
	$(AGAIN) build

build: $(PROGRAMS:%=$(BUILD)/%)

# The packages are installed by one script from one list; offline it works when they are there.
# Whatever compiles after it is a make of its own, so that it comes after it under -j as well.
AGAIN = +@$(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
packages-%:
	@scripts/install-packages $*

# Prints a variable of this file: `make -s show-LAYERS`.
show-%:
	$(info $($*))@:

# The version goes into the few files that say it. It is written only when it is another one, so that
# a commit does not compile everything anew.
VERSION_HEADER := $(BUILD)/gen/include/version.h
$(VERSION_HEADER): FORCE
	@mkdir -p $(@D)
	@printf '/* The version of this build. */\n#define BESACE_VERSION "%s"\n' "$$(scripts/version)" > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:

# Prints the table of layers, one a line.
show-layers:
	$(foreach layer,$(LAYERS),$(info $(layer): $(MAY_$(layer))))@:

# What a layer may see. Made anew when the table above changes.
$(LAYERS:%=$(BUILD)/view/%): $(BUILD)/view/%: Makefile
	@rm -rf $@ && mkdir -p $@/besace
	@for layer in $* $(MAY_$*); do ln -s $(CURDIR)/include/besace/$$layer $@/besace/$$layer; done

views: $(LAYERS:%=$(BUILD)/view/%)

layer_of = $(firstword $(subst /, ,$(1)))

.SECONDEXPANSION:
$(OBJECTS): $(BUILD)/obj/%.o: src/%.c Makefile | $$(BUILD)/view/$$(call layer_of,$$*) $(VERSION_HEADER)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -I$(BUILD)/view/$(call layer_of,$*) -MMD -MP -c $< -o $@

# The SQL of sql/ and the pages of src/web/templates/ go into the binaries.
$(BUILD)/gen/sql_files.c: scripts/embed $(SQL) Makefile
	@mkdir -p $(@D)
	$(call say,SQL,$@)scripts/embed sql_files sql_file besace/store/sql_files.h sql $(SQL) > $@

$(BUILD)/gen/template_files.c: scripts/embed $(TEMPLATES) Makefile
	@mkdir -p $(@D)
	$(call say,PAGES,$@)scripts/embed template_files template_file web/template.h src/web/templates $(TEMPLATES) > $@

$(BUILD)/gen/sql_files.o: $(SQL) | $(BUILD)/view/store
$(BUILD)/gen/sql_files.o: GEN_VIEW := $(BUILD)/view/store
$(BUILD)/gen/template_files.o: $(TEMPLATES) | $(BUILD)/view/web
$(BUILD)/gen/template_files.o: GEN_VIEW := $(BUILD)/view/web -Isrc
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -I$(GEN_VIEW) -c $< -o $@

# The drawing libraries' headers are the system's: our warnings are not for them.
WEB_CFLAGS = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(WEB_LIBRARIES)))
$(BUILD)/obj/web/%.o: EXTRA_CFLAGS += $(WEB_CFLAGS)

$(LIBRARY): $(filter-out $(BUILD)/obj/prog/%,$(OBJECTS)) $(BUILD)/gen/sql_files.o $(BUILD)/gen/template_files.o
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

# The shim is made of its own layers and of how programs begin: whoever builds nothing else compiles
# a fifth of the sources.
SHIM_LIBRARY := $(BUILD)/libshim.a
SHIM_OBJECTS := $(foreach layer,$(MAY_gateway) gateway,$(BUILD)/obj/$(layer)/%) $(BUILD)/obj/app/program.o
$(SHIM_LIBRARY): $(filter $(SHIM_OBJECTS),$(OBJECTS))
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

$(PROGRAMS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/obj/prog/%.o
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LDLIBS)

$(BUILD)/besace-gateway: $(SHIM_LIBRARY)
$(filter-out %/besace-gateway,$(PROGRAMS:%=$(BUILD)/%)): $(LIBRARY)

# As-needed drops what a test of the shim does not use.
GATEWAY_LDLIBS = $(shell pkg-config --libs $(GATEWAY_LIBRARIES))
$(BUILD)/besace-gateway $(filter $(BUILD)/tests/test_gateway_% $(BUILD)/tests/test_runtime_inflate $(BUILD)/tests/fuzz/fuzz_gateway_%,$(UNIT_TESTS) $(FUZZERS)): LDLIBS += $(GATEWAY_LDLIBS)

WEB_LDLIBS = $(shell pkg-config --libs $(WEB_LIBRARIES)) -lm
WEB_TESTS := $(filter $(BUILD)/tests/test_web_% $(BUILD)/tests/fuzz/fuzz_web_%,$(UNIT_TESTS) $(FUZZERS))
$(WEB_TESTS): EXTRA_CFLAGS += $(WEB_CFLAGS)
$(BUILD)/besace-web $(BUILD)/besacectl $(WEB_TESTS): LDLIBS += $(WEB_LDLIBS)
# Only besacectl play is typed into.
$(BUILD)/besacectl: LDLIBS += $(shell pkg-config --libs libedit)

# Unit tests see every public header, and the private ones of the module they test.
$(BUILD)/tests/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -Iinclude -Isrc -Itests/unit -MMD -MP $< $(ALL_LDFLAGS) -o $@ $(LIBRARY) $(LDLIBS) -lcmocka -lm

# These stand in for single functions of files of which they need others: the test's own come first.
$(addprefix $(BUILD)/tests/test_,connector host rest_client web_avatars worker): LDFLAGS += -Wl,--allow-multiple-definition

# The service as another build: the same program with other routines, for the tests of two builds
# that share a database.
OTHER_BUILD := $(BUILD)/tests/besace-other
$(BUILD)/gen/other/sql_files.c: tests/other-sql scripts/embed $(SQL) Makefile
	@rm -rf $(@D) && mkdir -p $(@D)
	$(call say,SQL,$@)tests/other-sql $(@D) $(SQL) && cd $(@D) && $(CURDIR)/scripts/embed sql_files sql_file besace/store/sql_files.h sql $(SQL) > sql_files.c

$(BUILD)/gen/other/sql_files.o: $(BUILD)/gen/other/sql_files.c | $(BUILD)/view/store
	$(call say,CC,$<)cd $(@D) && $(CC) $(ALL_CFLAGS) -I$(abspath $(BUILD)/view/store) -c sql_files.c -o sql_files.o

$(OTHER_BUILD): $(BUILD)/obj/prog/besace.o $(BUILD)/gen/other/sql_files.o $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# Drivers let an integration test command one layer from outside the process.
$(BUILD)/tests/drivers/%: tests/drivers/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -Iinclude -MMD -MP $< $(ALL_LDFLAGS) -o $@ $(LIBRARY) $(LDLIBS)

# Fuzz targets with a main that runs the kept inputs once; scripts/fuzz builds them for the fuzzer.
$(BUILD)/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/replay/replay.c $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -Iinclude -Isrc $(filter %.c,$^) $(ALL_LDFLAGS) -o $@ $(LIBRARY) $(LDLIBS)

# Libraries that a test puts in front of libc's in a program; never sanitized themselves.
$(BUILD)/tests/preload/%.so: tests/preload/%.c Makefile
	@mkdir -p $(@D)
	$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) $(if $(WERROR),-Werror) -O2 -fPIC -shared $< -o $@

# What the benchmarks load and compare with: no code of ours but their own.
$(BUILD)/tests/bench/%: tests/bench/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) $< $(ALL_LDFLAGS) -o $@ $(LDLIBS)

bench-tools: $(BENCH_TOOLS)

preloads: $(PRELOADS)

drivers: $(DRIVERS) $(OTHER_BUILD)

unit: preloads drivers $(UNIT_TESTS) $(FUZZERS)

threaded: $(THREADED_TESTS)

-include $(OBJECTS:.o=.d) $(UNIT_TESTS:=.d) $(DRIVERS:=.d)

# ---- What people type
run: packages-run ## start everything on this machine: PostgreSQL, besace, a first conversation
	$(AGAIN) build
	@scripts/run

check: packages-test ## run every test, with sanitizers; the last line counts them
	@tests/run

bench: packages-bench ## measure against the limits of this machine, in the same run (CASES="intake moving")
	$(AGAIN) build bench-tools
	@tests/bench/run $(CASES)

# SIMULATE=N plays so many communities of the simulation first; DRILL passes options on.
SIMULATE ?= 0
drill: packages-drill ## fail everything of a highly available installation under play (DRILL="--seed 7")
	$(AGAIN) build preloads
	@tests/drill/run --simulate $(SIMULATE) $(DRILL)

# MINUTES of it.
MINUTES ?= 30
soak: packages-drill ## the same for half an hour at a third of what it can do: nothing may grow
	$(AGAIN) build preloads
	@tests/drill/run --soak $(MINUTES) $(DRILL)

# Needs root. DISTROS names releases and passes options on.
DISTROS ?=
distros: packages-distros ## install, try and test on other releases of Debian (DISTROS="--no-check trixie")
	@tests/distros/run $(DISTROS)

look: packages-look ## look at the pages in a real Chromium: axe-core, three widths, no scripts
	$(AGAIN) build
	@tests/look/run

pictures: packages-look ## make the README's pictures from the running programs
	$(AGAIN) build
	@scripts/pictures

DOC := $(DESTDIR)$(PREFIX)/share/doc/besace
SHARE := $(DESTDIR)$(PREFIX)/share/besace
UNITS := $(wildcard $(PROGRAMS:%=scripts/systemd/%.service) $(PROGRAMS:%=scripts/systemd/%.socket))
# Where systemd looks: /usr/local/lib for an administrator; a Debian package gives its own.
UNIT_DIR := $(DESTDIR)$(PREFIX)/lib/systemd/system

MAN_PAGES := $(PROGRAMS:%=$(BUILD)/man/%.8)
$(MAN_PAGES): $(BUILD)/man/%.8: $(BUILD)/% scripts/man
	@mkdir -p $(@D)
	$(call say,MAN,$@)scripts/man $< > $@

install: build $(MAN_PAGES) ## install the programs, units, nginx template and manual into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(UNIT_DIR) $(DESTDIR)$(PREFIX)/lib/sysusers.d \
		$(DESTDIR)$(PREFIX)/share/man/man8 $(SHARE)/nginx $(SHARE)/monitoring $(DOC)/examples
	install -m 0755 $(PROGRAMS:%=$(BUILD)/%) $(DESTDIR)$(PREFIX)/bin
	install -m 0644 $(MAN_PAGES) $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 0644 $(UNITS) $(UNIT_DIR)
	sed -i 's|@PREFIX@|$(PREFIX)|' $(UNITS:scripts/systemd/%=$(UNIT_DIR)/%)
	sed -e 's|besace\.socket|besace@%i.socket|g' -e 's|^\(Description=.*\)|\1 (replica %i)|' \
		-e 's|^EnvironmentFile=.*|&\nEnvironmentFile=-/etc/besace/besace-%i.env|' \
		$(UNIT_DIR)/besace.service > $(UNIT_DIR)/besace@.service
	sed -e 's|/run/besace/besace.sock|/run/besace/%i.sock|' \
		-e 's|^\(Description=.*\)|\1 (replica %i)|' \
		$(UNIT_DIR)/besace.socket > $(UNIT_DIR)/besace@.socket
	chmod 0644 $(UNIT_DIR)/besace@.service $(UNIT_DIR)/besace@.socket
	install -m 0644 scripts/systemd/without-nginx.conf $(DOC)/examples/without-nginx.conf
	install -m 0644 scripts/systemd/besace.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/besace.conf
	install -m 0644 scripts/systemd/besace.env.example $(DOC)/examples/besace.env
	install -m 0755 scripts/nginx/render $(SHARE)/nginx/render
	install -m 0644 scripts/nginx/besace.conf.in $(SHARE)/nginx/besace.conf.in
	scripts/nginx/render > $(DOC)/examples/nginx-besace.conf
	chmod 0644 $(DOC)/examples/nginx-besace.conf
	install -m 0644 $(wildcard README.md) scripts/CHANGELOG.md scripts/RUNBOOK.md scripts/RECOVERY.md scripts/OPERATIONS.md scripts/SETTINGS.md \
		LICENSE $(DOC)
	install -m 0644 $(wildcard scripts/monitoring/*) $(SHARE)/monitoring

deb: packages-deb ## make a Debian package in build/deb
	@scripts/build-deb

clean: ## remove what was built (never var/)
	rm -rf build

C_FILES = $(shell find src include tests -name '*.[ch]')

format: packages-test ## format the C sources with this release's clang-format
	clang-format -i $(C_FILES)

lint: packages-lint ## formatting, layers, clang-tidy, cppcheck, shellcheck
	@scripts/lint

coverage: packages-lint ## run the tests with gcov and print what they reach
	@scripts/coverage

fuzz: packages-lint ## fuzz what reads bytes from outside, a minute each
	@scripts/fuzz

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
