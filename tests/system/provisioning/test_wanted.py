"""Which devices are wanted, and what is said of a list that cannot be."""

import pytest
from provisioning import wanted
from provisioning.errors import ProvisionError


def of_list(tmp_path, text, *names, **shared):
    path = tmp_path / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return wanted.devices(names, path, **shared)


def test_names_one_a_line(tmp_path):
    found = of_list(tmp_path, "# of the hall\nlamp-1\r\n\n lamp:2 \n", "lamp-0")
    assert [device.thing for device in found] == ["lamp-0", "lamp-1", "lamp:2"]


def test_columns_as_a_spreadsheet_writes_them(tmp_path):
    text = (
        b"\xef\xbb\xbfthing, type ,groups,attribute:room\r\n"
        b"lamp-1,,hall; lamps,hall\r\n"
        b'"lamp-2",switch,,\r\n'
        b",,,\r\n"
    )
    shared = {"attributes": ["room=attic", "floor=2"], "type": "lamp", "groups": ["all"]}
    assert of_list(tmp_path, text, **shared) == [
        ("lamp-1", {"room": "hall", "floor": "2"}, "lamp", ("all", "hall", "lamps")),
        ("lamp-2", {"room": "attic", "floor": "2"}, "switch", ("all",)),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lamp-1\nLAMP-1\n", "LAMP-1: it differs from lamp-1 in case only, so that both are one "),
        ("thing,type\nlamp,x\n lamp ,y\n", "lamp: this name comes twice"),
        ("thing;type\r\nlamp;x\r\n", "its columns are separated by ';': save it with commas"),
        ("thing,type,type\nlamp,x,y\n", "the column 'type' is there twice"),
        pytest.param(
            f"thing,type\nlamp,{'x' * 140_000}\n",
            "cannot be read as CSV: field larger than field limit",
            id="a-cell-without-an-end",
        ),
        ("lamp 1\n", "line 1: 'lamp 1' is no name for a thing: it has 1 to 128 of "),
        ("thing,room\nlamp,hall\n", "no column is called 'room': there are thing, type, groups"),
        ("name,type\nlamp,x\n", 'the first line names the columns, and none of them is "thing"'),
        ("thing,type\nlamp\n", "line 2: it has not as many cells as the first line"),
        ("thing,type\nlamp,x,y\n", "line 2: it has not as many cells as the first line"),
        ("thing,attribute:room\nlamp,the hall\n", "the attribute room takes up to 800 of "),
        ("thing,attribute:a b\nlamp,hall\n", "'a b' is no name for an attribute"),
        ("thing,groups\nlamp,a b\n", "'a b' is no name for a thing group"),
        ("\n", "no device is named: give names, or --list FILE"),
        (b"\xff\xfel\0", "it is text in UTF-16: save it as UTF-8"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path, text, said):
    with pytest.raises(ProvisionError) as error:
        of_list(tmp_path, text)
    assert said in str(error.value)


def test_an_attribute_is_a_name_and_a_value():
    with pytest.raises(ProvisionError, match="--attribute room: not NAME=VALUE"):
        wanted.devices(["lamp"], None, ["room"])
