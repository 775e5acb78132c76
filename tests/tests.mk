# Tests, checks and tools for developers. Included by the Makefile.

UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
UNIT_TESTS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT_SOURCES))

# A unit test links every leaf object; the linker takes what it needs.
$(BUILD)/leaf.a: $(COMMON) $(ENGINE) $(APP) $(ANALYSIS) $(LAUNCH)
	rm -f $@ && ar rcs $@ $^
$(BUILD)/tests/test_%: $(BUILD)/obj/tests/unit/test_%.o $(BUILD)/leaf.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs cmocka) $(LIBS_LDLIBS)

unit: $(UNIT_TESTS)
.PHONY: unit
