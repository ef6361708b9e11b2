"""What tools/pack writes with placeholders of S3, the service fills in: each with its own file."""

import json

import pytest
from commands import write_files
from jobs_world import START, World
from packing import documents
from s3_world import CONFIG, Bucket

BY_PATH = "https://s3.eu-west-1.amazonaws.com/bucket/app/1.2"
BY_HOST = "https://bucket.s3.eu-west-1.amazonaws.com/app/1.2"


@pytest.mark.parametrize("url", [BY_PATH, BY_HOST])
@pytest.mark.parametrize("version", ["", "-v2"])
def test_each_file_of_a_packed_folder_gets_a_url_of_its_own_object(tmp_path, version, url):
    bucket = Bucket(tmp_path)
    world = World(files=bucket.files)
    names = ["application.py", "lib/a.py", *(["lib/a b.txt"] if version else [])]
    app = write_files(tmp_path / "app", dict.fromkeys(names, "x"))
    placeholder = f"${{aws:iot:s3-presigned-url{version}:{url}}}"
    document, _ = documents.application(app, placeholder, "1")
    world.create("job", presignedUrlConfig=CONFIG, document=documents.encoded(document).decode())
    filled_in = json.loads(world.start()["jobDocument"])
    named = {file["path"]: bucket.named_by(file["url"], START) for file in filled_in["files"]}
    assert named == {name: ("bucket", f"app/1.2/{name}") for name in names}
