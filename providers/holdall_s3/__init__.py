"""The S3 provider of holdall: Amazon S3 and the stores that speak its API.

``S3Options`` are what S3 takes beyond the options that every store has.
"""

from holdall_s3.options import S3Options

__all__ = ["S3Options"]
