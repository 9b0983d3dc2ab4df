# man: sources are NAME.SECTION.in; @words@ are filled in by man/subst.
