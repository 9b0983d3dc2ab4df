# docs: for people who change or judge the program.  One line per page.
dist_doc_DATA += \
	docs/architecture.md \
	docs/cases.md \
	docs/dependencies.md \
	docs/statuses.md \
	README.md
