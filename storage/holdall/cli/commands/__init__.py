"""One module for each subcommand; ``holdall.cli.app`` says which is where."""
