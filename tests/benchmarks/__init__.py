"""Benchmarks: holdall against plain boto3 and the other S3 clients, job by job. `python -m tests.benchmarks --help`.

What runs where:

- `__main__` reads the command line; `run` plans and runs, `report` prints, `page` writes the documentation's page;
- `environments` makes the clients' virtual environments; `servers` starts what they talk to;
- `worker` is one measurement: one client, one job, one fresh process, in the client's environment. It and what it
  imports (`content`, `jobs`, `task`, `clients/`) need the standard library only.
"""
