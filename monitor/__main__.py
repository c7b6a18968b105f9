"""Starts the program, as `monitor` and as `python -m monitor`.

A process that reads documents loads the main module of the program that started it, so this one brings nothing along.
"""


def main() -> None:
    """Run the command line."""
    from monitor import cli

    cli.main()


if __name__ == "__main__":
    main()
