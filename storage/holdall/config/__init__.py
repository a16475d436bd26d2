"""Configuration: what a store's settings are, where they come from, and which value won.

``load_config()`` reads the files and the environment, ``Config.resolve`` and ``Config.locate`` turn a name or a URL
into valid settings, ``explain`` says of every effective value where it was set.
"""

from holdall.config.config import Config, ResolvedStore, Target
from holdall.config.explain import Explained, explain, explain_store, notes
from holdall.config.load import load_config
from holdall.config.store import (
    DefaultsSettings,
    EncryptionDefault,
    ResilienceSettings,
    RetryRule,
    Settings,
    StoreSettings,
    TransferSettings,
)

__all__ = [
    "Config",
    "DefaultsSettings",
    "EncryptionDefault",
    "Explained",
    "ResilienceSettings",
    "ResolvedStore",
    "RetryRule",
    "Settings",
    "StoreSettings",
    "Target",
    "TransferSettings",
    "explain",
    "explain_store",
    "load_config",
    "notes",
]
