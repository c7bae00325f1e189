"""`python -m archon` and the `archon` command."""

from archon.cli.main import main

if __name__ == "__main__":
    main()
