# etc: examples, installed below $(docdir)/examples: nothing is overwritten.
examplesdir = $(docdir)/examples
dist_examples_DATA =
