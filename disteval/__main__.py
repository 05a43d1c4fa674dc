"""``python -m disteval``: the command line."""

from disteval.cli import main

if __name__ == "__main__":  # worker processes import this module too
    main()
