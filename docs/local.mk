# docs: for people who change or judge the program.  One line per page.
dist_doc_DATA += \
	docs/architecture.md \
	docs/cases.md \
	docs/dependencies.md \
	docs/operator-guide.md \
	docs/provisioning.md \
	docs/states-opennebula.svg \
	docs/states-stoney.svg \
	docs/states.md \
	docs/statuses.md \
	README.md

# The pictures of docs/states.md, and its table: from what the program says, into the sources.
STATES_GRAPHS = docs/states-opennebula.dot docs/states-stoney.dot
EXTRA_DIST += $(STATES_GRAPHS)
DOT = dot
pictures: src/statesync$(EXEEXT)
	$(AM_V_GEN)for words in opennebula stoney; do \
	  picture=$(srcdir)/docs/states-$$words; \
	  src/statesync states --$$words --dot >$$picture.dot && \
	  $(DOT) -Tsvg -o $$picture.svg $$picture.dot || exit 1; \
	done
	$(AM_V_at)$(srcdir)/tools/lib/states-tables src/statesync $(srcdir)/docs/states.md
.PHONY: pictures
