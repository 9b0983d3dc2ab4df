# schema: what slapd loads.  Generated files are distributed: EXTRA_DIST += ...
schemadir = $(pkgdatadir)/schema
dist_schema_DATA =

# One table each; `schema/generate' makes both forms, tests/unit/schema.sh compares.
dist_schema_DATA += schema/statesync.schema schema/statesync.ldif
EXTRA_DIST += schema/statesync.table schema/generate schema/generate.awk
# For the demo and the tests only: never loaded beside the real schema.
EXTRA_DIST += schema/stoney-compat.table schema/stoney-compat.schema schema/stoney-compat.ldif
