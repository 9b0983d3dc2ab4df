# po: translations of messages and status texts.
#
# A language is one word more in PO_LINGUAS and its po/LL.po.  po/POTFILES names
# the sources with messages.  `make update-po' collects the messages and merges
# them into the catalogs; it is the only thing here that writes into the sources.
PO_LINGUAS = de es fr

PO_CATALOGS = $(PO_LINGUAS:%=po/%.po)
PO_DOMAIN = $(PACKAGE_NAME)
EXTRA_DIST += po/POTFILES po/README po/$(PO_DOMAIN).pot po/extract $(PO_CATALOGS)

if BUILD_CATALOGS
PO_COMPILED = $(PO_LINGUAS:%=po/%.gmo)
PO_TREE = po/locale.stamp
endif
SUFFIXES += .po .gmo
.po.gmo:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MSGFMT) --check -o $@ $<

# As they will be installed, for the tests: TEXTDOMAINDIR=po/locale.
po/locale.stamp: $(PO_COMPILED)
	$(AM_V_GEN)for catalog in $(PO_COMPILED); do \
	  folder=po/locale/`basename $$catalog .gmo`/LC_MESSAGES; \
	  $(MKDIR_P) $$folder && cp $$catalog $$folder/$(PO_DOMAIN).mo || exit 1; \
	done && touch $@
CLEANFILES += $(PO_COMPILED) $(PO_TREE) $(PO_LINGUAS:%=po/locale/%/LC_MESSAGES/$(PO_DOMAIN).mo)

all-local: $(PO_COMPILED) $(PO_TREE)

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
	cd $(srcdir) && XGETTEXT='$(XGETTEXT)' MSGGREP='$(MSGGREP)' $(SHELL) po/extract \
	  $(PACKAGE_NAME) $(PACKAGE_VERSION) po/POTFILES po/$(PO_DOMAIN).pot
	cd $(srcdir) && for catalog in $(PO_CATALOGS); do \
	  $(MSGMERGE) --update --quiet --backup=off --no-fuzzy-matching \
	    $$catalog po/$(PO_DOMAIN).pot || exit 1; \
	done
.PHONY: update-po
