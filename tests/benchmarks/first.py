"""What a short program does: import a client, connect it, ask for one object, end. Arguments: client, place, key."""

from __future__ import annotations

import json
import sys

from tests.benchmarks.clients import connect
from tests.benchmarks.task import Place

if __name__ == "__main__":
    size = connect(sys.argv[1], Place(**json.loads(sys.argv[2]))).head(sys.argv[3])
    sys.exit(None if size > 0 else "no size")
