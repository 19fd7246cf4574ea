# lockwatch. `make help` lists what to ask for; everything built goes below $(BUILD).
# Sources are found by wildcard.

BUILD  ?= build
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g

WARN      := -Wall -Wextra -Wshadow -Wundef -Wvla -Wwrite-strings
WARN_C    := $(WARN) -Wstrict-prototypes -Wmissing-prototypes
DEPEND    := -MMD -MP
GNU       := -D_GNU_SOURCE= # empty, as in a source that defines it itself

# glibc declares dlsym and others as "leaf", so GCC assumes that they touch no static variable of the caller's file. But
# they may call into the library again, through a call that it intercepts. clang has no such option.
is_gcc     := $(findstring Free Software,$(shell $(CC) --version 2>/dev/null))
no_leaf    := $(if $(is_gcc),-fno-ipa-reference)
# The library needs libc alone, exports nothing by accident and reaches its own symbols without PLT or lazy TLS.
# The wrappers leave the frame pointer to their callers, and read it (preload/stack/callers.h). clang cannot: what its
# wrappers read there is seldom believed.
processor  := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)))
elsewhere  := $(filter-out $(shell uname -m),$(processor))
unread     := $(if $(filter x86_64,$(processor)),-ffixed-rbp)
wrappers   := -fomit-frame-pointer $(if $(is_gcc),$(unread) -fno-tree-slp-vectorize)
lib_flags  = $(if $(filter preload/hooks/%,$<),$(wrappers)) -fPIC -fvisibility=hidden -ftls-model=initial-exec -fno-semantic-interposition -fdata-sections $(no_leaf)
# It is loaded into each process: a page that is touched costs as much as a hundred symbols looked up. So its small
# variables stand together, not each among a module's tables, and its code and constants in one mapping.
# The wrapped function may be missing (preload/os/loaded.c).
lib_link   = -shared -static-libgcc -nostartfiles -Wl,--exclude-libs,ALL -Wl,-soname,liblockwatch.so -Wl,-z,now,-z,relro,-z,defs,-z,nodelete,--version-script=preload/exports.map,--hash-style=gnu,--sort-section=alignment,-z,noseparate-code,--wrap=_dl_find_object -Wl,--as-needed
# Part of libc itself since glibc 2.34.
lib_libs   = -lpthread -ldl
bin_libs   = -ldw -lelf -ljansson -liberty -lunwind-$(processor) -lncursesw $(if $(is_musl),,-ltinfo) -lm
static_libs = $(bin_libs) -lunwind -lz -llzma -lbz2
headers    = elfutils/libdwfl.h jansson.h libunwind.h uthash.h curses.h
# The floors that judge run under the sanitizers in their unit programs.
unit_flags = -O1 -pthread -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined

core     := $(wildcard record/*.c detect/*.c detect/*/*.c report/*.c program/*.c)
full     := $(wildcard report/full/*.c analyzer/*.c analyzer/*/*.c)
units    := $(wildcard tests/unit/*_test.c)
lib_o    := $(patsubst %.c,$(BUILD)/obj/lib/%.o,$(core) $(wildcard preload/*/*.c))
bin_o    := $(patsubst %.c,$(BUILD)/obj/bin/%.o,$(core) $(full))
unit_o   := $(patsubst %.c,$(BUILD)/obj/unit/%.o,$(core) $(filter-out $(units),$(wildcard tests/unit/*.c)) \
              $(filter-out analyzer/commands/%,$(full)))
objects  := $(lib_o) $(bin_o) $(unit_o) $(units:%.c=$(BUILD)/obj/unit/%.o)

# Where musl is the C library (Alpine), the library for musl is the only one.
is_musl  := $(findstring musl,$(shell $(CC) -dumpmachine 2>/dev/null))
library  := $(if $(is_musl),,$(BUILD)/liblockwatch.so)
MUSL_CC  ?= $(if $(is_musl),$(CC),$(notdir $(shell command -v musl-gcc 2>/dev/null)))
musl_library := $(if $(MUSL_CC),$(if $(elsewhere),,$(BUILD)/liblockwatch-musl.so))
musl_kernel  := $(BUILD)/obj/musl/kernel
musl_o       := $(lib_o:$(BUILD)/obj/lib/%=$(BUILD)/obj/musl/%)
analyzer := $(BUILD)/lockwatch
samples  := $(foreach s,$(basename $(wildcard samples/*.c)),$(BUILD)/$(s)_faulty $(BUILD)/$(s)_fixed)
cases    := $(addprefix $(BUILD)/,$(basename $(wildcard tests/cases/*.c tests/cases/*.cpp tests/guest/*.c \
              tests/stress/*.c tests/random/*.c tests/attach/*.c)))
# C++20 with <latch> and its like: gcc 11 and later.
ifneq ($(shell echo '#include <latch>' | $(CXX) -std=gnu++20 -E -xc++ - >/dev/null 2>&1 || echo lacks),)
cases    := $(filter-out $(addprefix $(BUILD)/tests/cases/cxx_,atomic_wait% latch% semaphore%),$(cases))
endif
# A shape of tests/kinds is built for each kind of lock that it names.
kinds_of  = $(shell sed -n 's|^// kinds: ||p' $(1))
shapes   := $(wildcard tests/kinds/*.c)
cases    += $(foreach s,$(shapes),$(addprefix $(BUILD)/$(basename $(s))_,$(call kinds_of,$(s))))
# Programs of toolkits are built where those are installed; tests/run names what is missing.
glib     := $(shell pkg-config --cflags --libs glib-2.0 2>/dev/null)
openmp   := $(if $(is_gcc),-fopenmp)
libomp   := $(if $(elsewhere),,$(if $(shell command -v clang 2>/dev/null),$(wildcard /usr/lib/llvm-*/lib/libomp.so)))
packages := $(if $(elsewhere),,$(shell pkg-config --list-all 2>/dev/null | cut -d' ' -f1))
qt       := $(if $(filter Qt5Core,$(packages)),5) $(if $(filter Qt6Core,$(packages)),6)
absl     := $(filter absl_synchronization,$(packages))
cases    += $(if $(absl),$(addprefix $(BUILD)/,$(basename $(wildcard tests/absl/*.cpp))))
cases    += $(foreach q,$(qt),$(foreach s,$(basename $(wildcard tests/qt/*.cpp)),$(BUILD)/$(s)_$(q)))
toolkits := $(if $(glib),glib) $(if $(openmp),openmp)
samples  += $(foreach t,$(toolkits),$(foreach s,$(basename $(wildcard samples/$(t)/*.c)), \
              $(BUILD)/$(s)_faulty $(BUILD)/$(s)_fixed))
cases    += $(addprefix $(BUILD)/,$(basename $(foreach t,$(toolkits),$(wildcard tests/$(t)/*.c))))
cases    += $(if $(libomp),$(foreach s,$(basename $(wildcard tests/openmp/*.c)),$(BUILD)/$(s)_clang))
# One of the edition 2021: the locks of older ones are those of pthreads.
RUSTC    ?= $(shell rustc --edition 2021 --print sysroot >/dev/null 2>&1 && command -v rustc)
rust     := $(if $(RUSTC),$(if $(elsewhere),,$(foreach s,$(basename $(wildcard samples/rust/*.rs)), \
              $(BUILD)/$(s)_faulty $(BUILD)/$(s)_fixed)))
fuzzers  := $(addprefix $(BUILD)/,$(basename $(wildcard tests/soak/fuzz_*.c)))
benches  := $(addprefix $(BUILD)/,$(basename $(wildcard bench/*.c bench/programs/*.c bench/programs/*.cpp))) \
              $(addprefix $(BUILD)/bench/,pairs_framed count_framed) $(if $(glib),$(BUILD)/bench/glib/count)
units    := $(units:%.c=$(BUILD)/%)

all: $(library) $(musl_library) $(analyzer) $(samples) $(rust) ## build the library, the analyzer and the samples
.PHONY: all static deps demo test check soak lint bench install uninstall deb clean help tests programs benches compiled soaking
.PHONY: compile_commands.json
.DELETE_ON_ERROR:
.SECONDARY:

# These install what is missing before anything is built, hence the second make.
again = @$(MAKE) --no-print-directory

deps: ## install what building and testing need, or name it (lint, bench and soak do so themselves)
	@scripts/deps build test

demo: ## see faulty samples deadlock, each reported at once, and the fixed variants run without a report
	@samples/demo --about
	@scripts/deps build
	@$(MAKE) -q all >/dev/null 2>&1 || echo "building (make V=1 demo shows how) ..."
	$(again) $(if $(V),,-s) all
	@samples/demo

test: ## build and run every test; TEST="order_ options": those whose names have one of these parts
	@scripts/deps build test
	$(again) tests
	@tests/run $(TEST)
check: test

soak: ## fuzzers, failing calls, kills, random and real programs for half an hour (PARTS="records=3600" for more)
	@scripts/deps build test soak
	$(again) tests soaking
	@tests/soak/run $(PARTS)

lint: ## floors, rooms, references, exports, format, clang-tidy, cppcheck, and no warning under gcc and clang
	@scripts/deps build test lint
	$(again) $(library)
	@tests/lint/run

bench: ## measure what watching costs, in a minute or two (BENCH=programs: whole programs)
	@scripts/deps build bench
	$(again) benches
	@bench/run $(BENCH)

# Library and analyzer find each other beside their real paths, however they were named: so they lie in one folder, and
# what users name are links. Distributions with a folder for each architecture set LIBDIR.
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
ZSHDIR     ?= $(DATADIR)/zsh/site-functions
own        := $(LIBDIR)/lockwatch
COMPLETIONS_BY ?= $(analyzer) # one that runs on this machine
pages      := $(wildcard man/*.[157])
version    := $(shell sed -n 's/.*LOCKWATCH_VERSION "\(.*\)"/\1/p' analyzer/version.h)

# libdw loads the client of debuginfod, if that is there: hence the linker's warning.
static: $(BUILD)/static/lockwatch ## build the analyzer as one file, for containers that have none of its libraries
$(BUILD)/static/lockwatch: $(bin_o)
	@mkdir -p $(@D)
	$(say) $(CC) $(LDFLAGS) -static -s -o $@ $(bin_o) $(static_libs)

install: $(library) $(musl_library) $(analyzer) ## copy library, analyzer, header, manual pages and completions below $(DESTDIR)$(PREFIX)
	install -D -m 755 -t $(DESTDIR)$(own) $(library) $(musl_library) $(analyzer)
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig
	ln -sfr $(DESTDIR)$(own)/lockwatch $(DESTDIR)$(BINDIR)/lockwatch
	ln -sfr $(DESTDIR)$(own)/$(notdir $(or $(library),$(musl_library))) $(DESTDIR)$(LIBDIR)/liblockwatch.so
	install -D -m 644 -t $(DESTDIR)$(INCLUDEDIR) include/lockwatch.h
	printf '%s\n' 'Name: lockwatch' 'Description: names for locks, and more that a program can tell the deadlock detector' \
	    'Version: $(version)' 'Cflags: -I$(INCLUDEDIR)' >$(DESTDIR)$(LIBDIR)/pkgconfig/lockwatch.pc
	install -D -m 644 -t $(DESTDIR)$(DATADIR)/lockwatch docs/report.schema.json
	install -D -m 644 gdb/lockwatch.py $(DESTDIR)$(DATADIR)/lockwatch/gdb.py
	install -D -m 644 gdb/lockwatch.py $(DESTDIR)$(DATADIR)/gdb/auto-load$(own)/liblockwatch.so-gdb.py
	if command -v python3 >/dev/null; then \
	    scripts/completions $(COMPLETIONS_BY) $(BUILD)/completions && cd $(BUILD)/completions && \
	    install -D -m 644 lockwatch $(DESTDIR)$(DATADIR)/bash-completion/completions/lockwatch && \
	    install -D -m 644 _lockwatch $(DESTDIR)$(ZSHDIR)/_lockwatch && \
	    install -D -m 644 lockwatch.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/lockwatch.fish; fi
	for section in 1 5 7; do install -D -m 644 -t $(DESTDIR)$(MANDIR)/man$$section man/*.$$section; done

uninstall: ## remove what install copied
	rm -f $(addprefix $(DESTDIR),$(own)/liblockwatch.so $(own)/liblockwatch-musl.so $(own)/lockwatch $(BINDIR)/lockwatch $(LIBDIR)/liblockwatch.so \
	    $(INCLUDEDIR)/lockwatch.h $(LIBDIR)/pkgconfig/lockwatch.pc $(DATADIR)/lockwatch/report.schema.json \
	    $(DATADIR)/lockwatch/gdb.py $(DATADIR)/gdb/auto-load$(own)/liblockwatch.so-gdb.py \
	    $(DATADIR)/bash-completion/completions/lockwatch $(ZSHDIR)/_lockwatch \
	    $(DATADIR)/fish/vendor_completions.d/lockwatch.fish \
	    $(foreach page,$(pages),$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))))
	-rmdir $(DESTDIR)$(own) $(DESTDIR)$(DATADIR)/lockwatch

DEB_ARCH ?=
deb: ## build Debian packages below $(BUILD)/deb (DEB_ARCH=arm64: also for that, by cross compilers)
	@scripts/deps build deb $(DEB_ARCH:%=deb-%)
	@dist/deb $(BUILD)/deb
	$(if $(DEB_ARCH),@dist/deb $(BUILD)/deb $(DEB_ARCH))

compile_commands.json: ## write the compiler's commands for editors and clangd
	@$(MAKE) -nB V=1 $(lib_o) $(bin_o) | sed -nE \
	    's|^.*&& ($(CC) .* ([^ ]+\.c))$$|{"directory": "$(CURDIR)", "file": "\2", "command": "\1"}|p' | \
	    paste -sd, | sed 's/.*/[&]/' >$@

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## list these targets
	@sed -nE 's/^([a-z_.]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | expand -t 30

tests: all $(units) $(cases) $(benches)
programs: all $(units) $(cases)
benches: all $(benches)
compiled: $(objects) $(fuzzers:$(BUILD)/%=$(BUILD)/obj/bin/%.o) $(samples) $(cases) $(benches)

# Each command says what it makes; `make V=1` shows it whole, `make -s` says nothing.
silent   = $(findstring s,$(firstword -$(MAKEFLAGS)))
say      = $(if $(V),,@)mkdir -p $(@D) && $(if $(silent),,echo "  $@" &&)
compile  = $(say) $(CC) -std=gnu17 $(WARN_C) $(DEPEND) $(GNU) $(CFLAGS) -I.
# Programs of one source, to be watched: built as a user would build them.
# Timers, shared memory and dlopen have libraries of their own until glibc 2.34.
program  = -g -pthread -I. $(WARN) $(DEPEND) -MF $@.d -o $@ $< -lrt -ldl
c_program   = $(say) $(CC) -std=gnu17 $(program)
c++_program = $(say) $(CXX) -std=gnu++20 $(program)

$(library): $(lib_o)
	$(say) $(CC) $(lib_link) $(LDFLAGS) -o $@ $(lib_o) $(lib_libs)
# The same sources for musl, where its compiler is installed. It sees the kernel's headers, and nothing of glibc's.
$(musl_kernel):
	@mkdir -p $@ && ln -sfn $(abspath $(wildcard /usr/include/linux)) $(abspath $(wildcard /usr/include/asm-generic)) $@
	@ln -sfn $(abspath $(firstword $(wildcard /usr/include/$(shell $(CC) -print-multiarch)/asm /usr/include/asm))) $@/asm
$(BUILD)/obj/musl/%.o: %.c Makefile | $(musl_kernel)
	$(say) $(MUSL_CC) -std=gnu17 $(WARN_C) $(DEPEND) $(GNU) $(CFLAGS) -isystem $(musl_kernel) -I. $(lib_flags) -c -o $@ $<
# musl-gcc does not ask for the table that the unwinder needs. The library does not name libc.so, which every program of
# musl has: glibc's loader ends a program that has to preload a library whose own libraries are missing.
musl_link = $(subst liblockwatch.so,liblockwatch-musl.so,$(lib_link)) -Wl,--eh-frame-hdr,-z,undefs -nodefaultlibs
$(musl_library): $(musl_o)
	$(say) $(MUSL_CC) $(musl_link) $(LDFLAGS) -o $@ $(musl_o) -lgcc -lgcc_eh
$(analyzer): $(bin_o)
	$(say) $(CC) $(LDFLAGS) -o $@ $(bin_o) $(bin_libs)
$(units): $(BUILD)/%: $(BUILD)/obj/unit/%.o $(unit_o)
	$(say) $(CC) $(unit_flags) -o $@ $^ $(bin_libs) -lcmocka

# One line for a machine on which something to build with is missing, instead of a compiler's error for each file.
$(BUILD)/able:
	@mkdir -p $(@D)
	@{ printf '#include <%s>\n' $(headers); echo 'int main(void) { return 0; }'; } | \
	    $(CC) -x c -o $@ - $(bin_libs) 2>/dev/null || \
	    { echo "lockwatch: a compiler or a library to build with is missing; 'make deps' installs or names it"; exit 1; }
# For another processor the library and the programs to watch need the compiler alone.
$(bin_o): | $(BUILD)/able
$(lib_o) $(samples): | $(if $(elsewhere),,$(BUILD)/able)

$(BUILD)/obj/lib/%.o: %.c Makefile
	$(compile) $(lib_flags) -c -o $@ $<
$(BUILD)/obj/bin/%.o: %.c Makefile
	$(compile) -c -o $@ $<
$(BUILD)/obj/unit/%.o: %.c Makefile
	$(compile) $(unit_flags) -c -o $@ $<

# What the page of `report --format=html` is made of, and the hash of its script for the content security policy.
page_hash = $(shell sha256sum <analyzer/page/page.js | cut -c-64 | tr a-f A-F | basenc -d --base16 | basenc --base64)
page_o   := $(foreach kind,bin unit fuzz,$(BUILD)/obj/$(kind)/analyzer/page/files.o)
$(page_o): GNU += -DPAGE_SCRIPT_HASH='"sha256-$(page_hash)"'
$(page_o): analyzer/page/page.css analyzer/page/page.js

$(BUILD)/samples/%_faulty: samples/%.c Makefile
	$(c_program) -O1 -fno-omit-frame-pointer -DFAULTY
$(BUILD)/samples/%_fixed: samples/%.c Makefile
	$(c_program) -O1 -fno-omit-frame-pointer
$(BUILD)/samples/rust/%_faulty: samples/rust/%.rs Makefile
	@mkdir -p $(@D)
	env -u MAKEFLAGS -u MFLAGS $(RUSTC) --edition 2021 -g -O --cfg faulty $< -o $@
$(BUILD)/samples/rust/%_fixed: samples/rust/%.rs Makefile
	@mkdir -p $(@D)
	env -u MAKEFLAGS -u MFLAGS $(RUSTC) --edition 2021 -g -O $< -o $@
$(BUILD)/tests/%: tests/%.c Makefile
	$(c_program) -O1
$(BUILD)/tests/%: tests/%.cpp Makefile
	$(c++_program) -O1
define of_kind
$(BUILD)/tests/kinds/%_$(1): tests/kinds/%.c Makefile
	$$(c_program) -O1 -DKIND=KIND_$(1)
endef
$(foreach k,$(sort $(foreach s,$(shapes),$(call kinds_of,$(s)))),$(eval $(call of_kind,$(k))))
$(BUILD)/samples/glib/% $(BUILD)/tests/glib/% $(BUILD)/bench/glib/%: program += $(glib)
$(BUILD)/tests/cases/mutex_between_segments: program += -Wl,-z,max-page-size=0x200000
$(BUILD)/tests/glib/gio_%: program += $(shell pkg-config --cflags --libs gio-2.0 2>/dev/null)
$(BUILD)/samples/openmp/% $(BUILD)/tests/openmp/%: program += $(openmp)
$(BUILD)/tests/qt/%_5: tests/qt/%.cpp Makefile
	$(c++_program) -O1 -fPIC $(shell pkg-config --cflags --libs Qt5Core)
$(BUILD)/tests/qt/%_6: tests/qt/%.cpp Makefile
	$(c++_program) -O1 -fPIC $(shell pkg-config --cflags --libs Qt6Core)
$(BUILD)/tests/absl/%: tests/absl/%.cpp Makefile
	$(c++_program) -O1 -DNDEBUG $(shell pkg-config --cflags --libs absl_synchronization)
$(BUILD)/tests/openmp/%_clang: tests/openmp/%.c Makefile
	$(say) clang -std=gnu17 -O1 -fopenmp $(program)
$(BUILD)/bench/%: bench/%.c Makefile
	$(c_program) $(GNU) -O2
$(BUILD)/bench/%: bench/%.cpp Makefile
	$(c++_program) -O2
$(BUILD)/bench/%_framed: bench/%.c Makefile
	$(c_program) $(GNU) -O2 -fno-omit-frame-pointer -DKEEPS_FRAME_POINTERS

# The fuzzers of tests/soak: what reads records, built by clang with its sanitizers and libFuzzer.
fuzz_flags := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
fuzz_o     := $(patsubst %.c,$(BUILD)/obj/fuzz/%.o,$(core) tests/unit/forged.c \
                $(filter-out analyzer/commands/%,$(full)))
$(fuzzers): $(BUILD)/%: $(BUILD)/obj/fuzz/%.o $(fuzz_o)
	$(say) clang -fsanitize=fuzzer,address,undefined -o $@ $^ $(bin_libs)
soaking: $(fuzzers)
$(BUILD)/obj/fuzz/%.o: %.c Makefile
	$(say) clang -std=gnu17 $(WARN_C) $(DEPEND) $(GNU) -I. $(fuzz_flags) -c -o $@ $<

-include $(patsubst %.o,%.d,$(objects) $(musl_o)) $(fuzz_o:.o=.d) $(addsuffix .d,$(samples) $(cases) $(benches))
