# tests/property: what holds in any world.  A small sample in `make check', at least 100,000
# worlds in `make check-long'.
PROPERTY_WORLD = \
	tests/property/world.c tests/property/world.h \
	tests/property/world-frontend.c \
	tests/property/world-json.c \
	tests/property/world-told.c \
	tests/property/world-written.c
check_PROGRAMS += tests/property/test_properties
tests_property_test_properties_SOURCES = tests/property/test_properties.c \
	tests/property/flow.c tests/property/flow.h tests/property/run.c tests/property/run.h \
	tests/property/sound.c tests/property/sound.h $(PROPERTY_WORLD)
tests_property_test_properties_LDADD = $(TEST_LIBS) $(ENGINE_LIBS)
TESTS += tests/property/test_properties
LONG_TESTS += tests/property/test_properties
CLEANFILES += property-*.json property-*.txt
