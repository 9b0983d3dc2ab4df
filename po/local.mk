# po: translations of messages and status texts.
#
# A language is one word more in PO_LINGUAS and its po/LL.po.  po/POTFILES names
# the sources with messages.  `make update-po' collects the messages and merges
# them into the catalogs; it is the only thing here that writes into the sources.
PO_LINGUAS =

PO_CATALOGS = $(PO_LINGUAS:%=po/%.po)
PO_DOMAIN = $(PACKAGE_NAME)
EXTRA_DIST += po/POTFILES po/README $(PO_CATALOGS)

if BUILD_CATALOGS
PO_COMPILED = $(PO_LINGUAS:%=po/%.gmo)
endif
SUFFIXES += .po .gmo
.po.gmo:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MSGFMT) --check -o $@ $<
CLEANFILES += $(PO_COMPILED)

all-local: $(PO_COMPILED)

install-data-local: $(PO_COMPILED)
	@for catalog in $(PO_COMPILED); do \
	  language=`basename $$catalog .gmo`; \
	  folder=$(DESTDIR)$(localedir)/$$language/LC_MESSAGES; \
	  $(MKDIR_P) $$folder && \
	  $(INSTALL_DATA) $$catalog $$folder/$(PO_DOMAIN).mo || exit 1; \
	done

uninstall-local:
	@for language in $(PO_LINGUAS); do \
	  rm -f $(DESTDIR)$(localedir)/$$language/LC_MESSAGES/$(PO_DOMAIN).mo; \
	done

update-po:
	cd $(srcdir) && $(XGETTEXT) --language=C --keyword=_ --keyword=N_ --add-comments=Translators \
	  --package-name=$(PACKAGE_NAME) --package-version=$(PACKAGE_VERSION) \
	  --files-from=po/POTFILES --output=po/$(PO_DOMAIN).pot
	cd $(srcdir) && for catalog in $(PO_CATALOGS); do \
	  $(MSGMERGE) --update --quiet $$catalog po/$(PO_DOMAIN).pot || exit 1; \
	done
.PHONY: update-po
