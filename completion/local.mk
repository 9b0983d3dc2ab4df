# completion: for bash and zsh, where both look by themselves.  Somewhere else: make install
# bashcompletiondir=... zshcompletiondir=...
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
dist_bashcompletion_DATA = completion/bash/statesync
dist_zshcompletion_DATA = completion/zsh/_statesync
