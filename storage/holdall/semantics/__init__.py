"""What S3's operations mean, for providers whose store does not decide it: conditions, ranges, checksums, parts, pages.

A provider in front of a server passes a condition on, and the server decides. One that keeps its objects itself (in a
folder, a database, memory) decides here, so that all of them decide alike: pure functions of options and of what is
known about an object. Nothing here reads or writes a store; whoever needs a decision and the change after it in one
step holds his own lock or transaction around both.
"""
