"""`provisioned.json` is read in one place, whoever asks; what is none is said by all alike."""

import json

import pytest
from deploying import provisioned
from iotjobs_desk.errors import RunError
from iotjobs_wire.errors import DeployError
from provisioning import record as records
from provisioning.errors import ProvisionError
from provisioning.folder import Folder
from running import service

MADE = {"certificateArn": "arn:aws:iot:eu-west-1:1:cert/1", "done": {"thing": "lamp"}}
ROTATION = {"id": "a", "job": 2, "request": "PEM"}


def put(folder, record):
    folder.mkdir(exist_ok=True)
    text = record if isinstance(record, str) else json.dumps(record)
    (folder / records.FILE).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("{", "Expecting property name"),
        ("[]", "it is no object"),
        ({"certificateArn": None}, '"certificateArn" is null'),
        ({"asked": "today"}, '"asked" is "today"'),
        ({"done": {}}, '"done" without "certificateArn"'),
        ({**MADE, "rotation": []}, '"rotation" is []'),
        ({"certificateArn": "a", "rotation": ROTATION}, '"rotation" without "done"'),
        ({**MADE, "rotation": {}}, 'rotation: no "id"'),
        ({**MADE, "rotation": {"id": "a"}}, 'rotation: "id" without "job"'),
        ({**MADE, "rotation": {**ROTATION, "asked": {}}}, 'rotation: "asked" is {}'),
        (
            {**MADE, "rotation": {**ROTATION, "certificateArn": "a"}},
            'rotation: "certificateArn" without "certificate"',
        ),
        (
            {**MADE, "rotation": {**ROTATION, "attached": True}},
            'rotation: "attached" without "certificateArn"',
        ),
    ],
)
def test_what_is_no_record_is_said_with_what_is_wrong(tmp_path, record, said):
    folder = put(tmp_path / "lamp", record)
    for error, read in (
        (ProvisionError, lambda: Folder(folder).read()),
        (DeployError, lambda: provisioned.device("lamp", tmp_path)),
        (RunError, lambda: service.provisioned(None, "lamp", folder, False)),
    ):
        with pytest.raises(error) as raised:
            read()
        assert f"{folder / records.FILE} is not what tools/provision wrote: " in str(raised.value)
        assert said in str(raised.value)
        assert "move" in str(raised.value)


def test_one_of_before_rotation_existed_is_read(tmp_path):
    folder = put(tmp_path / "lamp", MADE)
    found = records.read(folder)
    assert found == MADE
    assert records.is_done(found)
    assert not records.is_boards(found)
    assert not records.is_rotating(found)
    Folder(folder).write(**MADE, **records.boards())
    assert records.read(folder)["thing"] == "lamp"
    assert records.is_boards(records.read(folder))


def test_settings_that_are_gone_are_written_again_by_provision(tmp_path):
    folder = put(tmp_path / "lamp", MADE)
    for text, why in ((None, "No such file"), ("{", "Expecting"), ("[]", "it is no object")):
        if text is not None:
            (folder / "settings.json").write_text(text)
        with pytest.raises(DeployError) as error:
            provisioned.device("lamp", tmp_path)
        assert why in str(error.value)
        command = f"`tools/provision lamp --to {tmp_path} --again`"
        assert str(error.value).endswith(f"{command} writes it")
