"""The local provider of holdall: a folder as a store.

``LOCAL`` in ``holdall_local.kind`` is what is registered; ``LocalSettings`` there are its settings.
"""
