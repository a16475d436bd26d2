"""The engine ``direct``: the data plane by requests of our own, without boto3 on the way."""
