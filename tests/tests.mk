# Tests, checks and tools for developers. Included by the Makefile.

UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
ifneq ($(HAVE_HWLOC),yes)
UNIT_SOURCES := $(filter-out %/test_placement.c,$(UNIT_SOURCES))
endif
UNIT_TESTS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT_SOURCES))
FUZZERS      := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHES      := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
JOBS         := $(shell nproc 2>/dev/null || echo 2)

# A unit test links every leaf object; the linker takes what it needs.
$(BUILD)/leaf.a: $(COMMON) $(ENGINE) $(APP) $(PROOF) $(OOB) $(ANALYSIS) $(LAUNCH) $(NVME)
	rm -f $@ && ar rcs $@ $^
$(BUILD)/tests/test_%: $(BUILD)/obj/tests/unit/test_%.o $(BUILD)/leaf.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs cmocka) $(LIBS_LDLIBS) $(STUDY_LDLIBS)

$(BUILD)/tests/test_placement: LIBS_LDLIBS += $(shell pkg-config --libs hwloc)

# Fuzzers need CC=clang and SANITIZE=-fsanitize=fuzzer-no-link,...; `make fuzz` knows.
$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/leaf.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS_LDLIBS) $(STUDY_LDLIBS)

# Measurements of nodehour itself: the parts of nodehour-mpi with a main of their own.
$(patsubst tests/bench/%.c,$(BUILD)/obj/tests/bench/%.o,$(wildcard tests/bench/*.c)): CC_FOR = $(MPICC)
$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(filter-out %/main.o,$(MPI)) $(APP) $(ENGINE) $(PROOF) $(COMMON)
	@mkdir -p $(@D)
	$(MPICC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_LDLIBS) $(shell pkg-config --libs hwloc)

# It times `nodehour report`.
$(BUILD)/bench/records_speed: | $(BUILD)/bin/nodehour $(DATA)
# Those of the analysis need no MPI.
$(BUILD)/bench/model_%: $(BUILD)/obj/tests/bench/model_%.o $(BUILD)/leaf.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_LDLIBS) $(STUDY_LDLIBS)
$(BUILD)/bench/draws_cost: $(BUILD)/obj/tests/bench/draws_cost.o $(BUILD)/leaf.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_LDLIBS) $(STUDY_LDLIBS)

# See tests/sanitize_mpi.c for why a sanitized nodehour-mpi is linked with it.
ifneq ($(SANITIZE),)
$(BUILD)/bin/nodehour-mpi: $(call obj,tests/sanitize_mpi.c)
endif

unit: $(UNIT_TESTS)
fuzzers: $(FUZZERS) $(DATA)
benches: $(BENCHES)

check: ## unit tests, the developer's quick loop
	@$(MAKE) --no-print-directory -s -j$(JOBS) unit
	@BUILD='$(BUILD)' tests/run-tests unit

test: deps-test ## install what testing needs, then run everything
	@tests/run-tests all

e2e: ## end-to-end tests of an installation (builds with gcc)
	@tests/run-tests gcc
sanitize: ## unit and end-to-end tests under ASan and UBSan
	@tests/run-tests asan
lint: ## clang-tidy, cppcheck, shellcheck, clang-format, man pages
	@tests/run-tests lint
fuzz: ## each fuzzer, FUZZ_RUNS (200000) or FUZZ_SECONDS (20)
	@tests/run-tests fuzz
bench: ## what measuring and reporting cost, fits of models beside Extra-P, how fast our all-reduce is
	@tests/run-tests bench speed
bench-peers: all ## ping-pong against osu_latency, IMB and NetPIPE, where found on PATH
	@NH_BIN=$(BUILD)/bin tests/bench/peers
bench-storage: all ## nodehour nvme bench against bare fio with the same job file
	@NH_BIN=$(BUILD)/bin tests/bench/fio_ratio 7 $(BUILD)
bench: bench-storage
smpi: ## the same sources on 1,152 simulated ranks (SimGrid); nothing is measured
	@tests/smpi
coverage: ## line coverage, in build-coverage: coverage.txt, html/
	@tests/run-tests coverage

FORMATTED = $(sort $(shell find analysis bench common launch tests -name '*.[ch]'))
format: ## lay out the sources by .clang-format
	clang-format -i $(FORMATTED)

# What the compiler is called with, for clang-tidy and editors. The include paths of the
# MPI wrapper are written out, since tools do not run the wrapper.
MPI_FLAGS = $(filter -I% -D%,$(shell $(MPICC) -show 2>/dev/null))
COMPILED  = $(sort $(shell find analysis bench common launch tests -name '*.c'))
TOOL_FLAGS = $(CPPFLAGS) -DNH_MPIRUN=\"mpirun\" $(MPI_FLAGS) $(filter-out -M%,$(CFLAGS))
batch-defs: all ## make the files in batch-defs/ again, from the catalog and the studies
	@for m in c5n.18xlarge p4d.24xlarge; do \
	  $(BUILD)/bin/nodehour machine $$m --emit all --output batch-defs/$$m || exit 1; done

compile_commands.json: ## compiler calls, for editors and clang-tidy
	@{ sep='['; for f in $(COMPILED); do printf \
	  '%s\n{"directory": "%s", "file": "%s", "command": "%s -c %s"}' \
	  "$$sep" '$(CURDIR)' "$$f" '$(subst ",\",$(subst \,\\,$(CC) $(TOOL_FLAGS)))' "$$f"; \
	  sep=','; done; printf '\n]\n'; } > $@

.PHONY: smpi bench-storage bench-peers unit fuzzers benches bench check test e2e sanitize lint fuzz coverage format compile_commands.json
.PHONY: batch-defs
