# po: translations.  A language is one word more in PO_LINGUAS and its po/LL.po.
PO_LINGUAS =
