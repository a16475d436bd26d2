"""Options: frozen, asking for nothing by default, and carried by pickles."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle

import pytest

from holdall import options as opt

CLASSES = [value for value in vars(opt).values() if dataclasses.is_dataclass(value) and inspect.isclass(value)]
SHARED = [value for name, value in vars(opt).items() if name.isupper() and dataclasses.is_dataclass(value)]
# What a default may be and still ask for nothing.
NOTHING: tuple[object, ...] = (None, False, "", {}, 0)


def test_the_modules_classes_were_found() -> None:
    assert {"PutOptions", "GetOptions", "ListOptions", "PresignPostOptions"} <= {cls.__name__ for cls in CLASSES}
    assert len(SHARED) == 10


@pytest.mark.parametrize("cls", CLASSES)
def test_options_are_frozen_and_given_by_name(cls: type) -> None:
    made = cls()
    name = dataclasses.fields(made)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, name, "changed")
    with pytest.raises(TypeError, match="positional"):
        cls("a value without a name")


@pytest.mark.parametrize("cls", CLASSES)
def test_an_option_that_is_misspelt_is_refused(cls: type) -> None:
    with pytest.raises(TypeError, match="if_absnt"):
        cls(if_absnt=True)
    with pytest.raises((AttributeError, TypeError)):
        cls().if_absnt = True


@pytest.mark.parametrize("cls", CLASSES)
def test_defaults_ask_for_nothing(cls: type) -> None:
    asked = {field.name: getattr(cls(), field.name) for field in dataclasses.fields(cls)}
    # A presigned URL has to be good for something, for some time.
    asked = {name: value for name, value in asked.items() if name not in {"method", "expires_in"}}
    assert all(value in NOTHING for value in asked.values()), asked


@pytest.mark.parametrize("shared", SHARED)
def test_shared_instances_are_the_defaults(shared: object) -> None:
    assert shared == type(shared)()
    assert pickle.loads(pickle.dumps(shared)) == shared


def test_one_write_shares_no_dict_with_the_next() -> None:
    assert opt.PutOptions().metadata is not opt.PutOptions().metadata


def test_unset_is_one_thing_that_is_neither_none_nor_lost_by_copies() -> None:
    assert repr(opt.UNSET) == "UNSET"
    assert pickle.loads(pickle.dumps(opt.UNSET)) is opt.UNSET
    assert copy.deepcopy(opt.UNSET) is opt.UNSET


def test_a_get_can_ask_for_whatever_a_head_can() -> None:
    assert issubclass(opt.GetOptions, opt.HeadOptions)
    for writing in (opt.PutOptions, opt.CopyOptions, opt.CreateUploadOptions):
        assert issubclass(writing, opt.WriteOptions)
