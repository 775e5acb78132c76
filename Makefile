# nodehour: thin build file. `make help` lists the targets.
#
#   make                                       everything that the found libraries allow
#   make MPICC=mpicc.mpich BUILD=build-mpich   another MPI, beside the first one
#   make CC=clang                              another compiler

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
MPICC   ?= mpicc
MPIRUN  ?= $(subst mpicc,mpirun,$(notdir $(MPICC)))
CFLAGS  ?= -O3 -g
SANITIZE ?=

WARNINGS := -std=c17 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
# Reductions marked `omp simd` are vectorised without -ffast-math; contraction off keeps
# floating point identical over loop remainders, compilers and rank counts.
override CFLAGS += $(WARNINGS) -fopenmp-simd -ffp-contract=off -MMD -MP $(SANITIZE)
override CPPFLAGS += -I. -D_GNU_SOURCE

LIBS := jansson popt
LIBS_CFLAGS := $(shell pkg-config --cflags $(LIBS) 2>/dev/null)
LIBS_LDLIBS := $(shell pkg-config --libs $(LIBS) 2>/dev/null) -lm -pthread
# Study files are read and models are fitted by nodehour alone: nodes need none of this.
STUDY_LIBS := libcyaml yaml-0.1 lapacke zlib
STUDY_LDLIBS := $(shell pkg-config --libs $(STUDY_LIBS) 2>/dev/null)
HAVE_LIBS   := $(shell pkg-config --exists $(LIBS) $(STUDY_LIBS) 2>/dev/null && echo yes)
HAVE_CMOCKA := $(shell pkg-config --exists cmocka 2>/dev/null && echo yes)
HAVE_HWLOC  := $(shell pkg-config --exists hwloc 2>/dev/null && echo yes)
HAVE_FABRIC := $(shell pkg-config --exists libfabric 2>/dev/null && echo yes)
HAVE_MPI    := $(shell command -v $(MPICC) >/dev/null 2>&1 && echo yes)
override CPPFLAGS += $(LIBS_CFLAGS) $(shell pkg-config --cflags $(STUDY_LIBS) 2>/dev/null)
# mpicc must use the same compiler as the rest, whatever its own default is.
export OMPI_CC := $(CC)
export MPICH_CC := $(CC)

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
COMMON   := $(call obj,$(wildcard common/*.c))
ENGINE   := $(call obj,$(wildcard bench/engine/*.c bench/record/*.c bench/shm/*.c))
ANALYSIS := $(call obj,$(wildcard analysis/*.c analysis/*/*.c))
LAUNCH   := $(call obj,$(filter-out launch/nodehour.c,$(wildcard launch/*.c launch/*/*.c)))
MPI      := $(call obj,$(wildcard bench/mpi/*.c))
# Parts of the MPI kernels that need no MPI (grid, decomposition, CG arithmetic) are
# tested alone; they live in bench/app and bench/pt2pt.
APP      := $(call obj,$(wildcard bench/app/*.c bench/pt2pt/*.c bench/allreduce/*.c))

# Which path carried the bytes, where ranks are, what a host needs: no MPI, some of it hwloc.
PLAIN_PROOF := $(call obj,$(filter-out %/placement.c %/nic.c,$(wildcard bench/proof/*.c)))
PROOF       := $(if $(HAVE_HWLOC),$(call obj,$(wildcard bench/proof/*.c)),$(PLAIN_PROOF))

# Of nodehour-fabric, what needs no libfabric is tested alone.
FABRIC   := $(call obj,$(wildcard bench/fabric/*.c))
OOB      := $(call obj,$(addprefix bench/fabric/,oob.c oob_group.c start.c efa.c))
# What the doctor asks of a host in the same words as the measuring programs.
NEEDS    := $(call obj,bench/proof/preflight.c bench/proof/counters.c bench/fabric/efa.c)
# How the proxy application cuts its box, for predictions of its messages.
NEEDS    += $(call obj,bench/app/grid.c)

PROGRAMS := $(BUILD)/bin/nodehour
ifeq ($(HAVE_MPI)$(HAVE_HWLOC),yesyes)
PROGRAMS += $(BUILD)/bin/nodehour-mpi
endif
ifeq ($(HAVE_FABRIC),yes)
PROGRAMS += $(BUILD)/bin/nodehour-fabric
endif
# The finder of bad hosts judges them as the matrix of all pairs does.
NEEDS += $(call obj,bench/pt2pt/ranking.c)
SHARE := $(BUILD)/share/nodehour
DATA  := $(SHARE)/machines.json $(SHARE)/prices.json $(SHARE)/report.css
# Studies that come with nodehour, and the published figures that they are compared with.
STUDY_DATA := $(patsubst launch/%,%,$(wildcard launch/studies/*.yaml) $(shell find launch/studies/inputs -type f)) \
  $(patsubst results/%,%,$(wildcard results/reference/*/*.csv results/reference/*/README.md))
DATA += $(addprefix $(SHARE)/,$(STUDY_DATA))

.DEFAULT_GOAL := all
all: features $(PROGRAMS) $(DATA) ## build everything the found libraries allow

features:
	@printf 'nodehour: jansson+popt+cyaml+lapacke+zlib %s, MPI (%s) %s, hwloc %s, libfabric %s, cmocka %s -> %s\n' \
	  $(or $(HAVE_LIBS),MISSING) '$(MPICC)' $(or $(HAVE_MPI),no) $(or $(HAVE_HWLOC),no) \
	  $(or $(HAVE_FABRIC),no) $(or $(HAVE_CMOCKA),no) '$(notdir $(PROGRAMS))'
	@test -n '$(HAVE_LIBS)' || { echo 'nodehour: jansson, popt, libcyaml, LAPACKE and zlib are required; run "make deps"'; exit 2; }

$(BUILD)/bin/nodehour: $(call obj,launch/nodehour.c) $(LAUNCH) $(NEEDS) $(ANALYSIS) $(COMMON)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_LDLIBS) $(STUDY_LDLIBS)

$(BUILD)/bin/nodehour-mpi: $(MPI) $(APP) $(ENGINE) $(PROOF) $(COMMON)
	@mkdir -p $(@D)
	$(MPICC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_LDLIBS) $(shell pkg-config --libs hwloc)

$(BUILD)/bin/nodehour-fabric: $(FABRIC) $(ENGINE) $(PLAIN_PROOF) $(COMMON)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_LDLIBS) $(shell pkg-config --libs libfabric)

$(MPI): CC_FOR = $(MPICC)
$(BUILD)/obj/launch/mpirun.o: CPPFLAGS += -DNH_MPIRUN='"$(MPIRUN)"'
$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(or $(CC_FOR),$(CC)) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(SHARE)/%.json: common/catalog/%.json
	@mkdir -p $(@D)
	cp $< $@
$(SHARE)/report.css: analysis/report/report.css
	@mkdir -p $(@D)
	cp $< $@

$(SHARE)/studies/%: launch/studies/%
	@mkdir -p $(@D)
	cp $< $@
$(SHARE)/reference/%: results/reference/%
	@mkdir -p $(@D)
	cp $< $@

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
include tests/tests.mk

deps: ## install what building and running needs (says what before it does)
	@bash .ci/install-deps run
deps-test: ## the same for the whole test suite
	@bash .ci/install-deps test

run: deps ## install, build, measure this machine, make a report
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@$(BUILD)/bin/nodehour run

install: all ## install below $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/nodehour \
	  $(DESTDIR)$(PREFIX)/share/man/man1 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	  $(DESTDIR)$(PREFIX)/share/doc/nodehour
	install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(SHARE)/*.json $(SHARE)/report.css $(DESTDIR)$(PREFIX)/share/nodehour
	for f in $(STUDY_DATA); do \
	  install -D -m 644 $(SHARE)/$$f $(DESTDIR)$(PREFIX)/share/nodehour/$$f || exit 1; done
	install -m 644 docs/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 LICENSE README.md $(DESTDIR)$(PREFIX)/share/doc/nodehour
	for p in $(notdir $(PROGRAMS)); do $(BUILD)/bin/$$p completion bash \
	  > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$p || exit 1; done

uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,nodehour nodehour-mpi nodehour-fabric)
	rm -rf $(DESTDIR)$(PREFIX)/share/nodehour $(DESTDIR)$(PREFIX)/share/doc/nodehour
	rm -f $(DESTDIR)$(PREFIX)/share/man/man1/nodehour*.1
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/nodehour*

clean: ## remove build folders (never results)
	rm -rf build build-*

help: ## this list
	@grep -hE '^[a-z0-9_.-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | \
	  awk -F'\t' '{printf "  make %-22s %s\n", $$1, $$2}'

.PHONY: all features deps deps-test run install uninstall clean help
