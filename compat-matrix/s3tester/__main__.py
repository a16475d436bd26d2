"""``python -m s3tester``: the command ``s3tester``."""

from s3tester.cli import main

main()
