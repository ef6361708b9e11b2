"""The wheel of the kit bears the licences of what is in it."""


def test_the_licence_of_each_part_is_in_the_wheel(project):
    project.write(
        test_it="from importlib.metadata import distribution\n"
        "def test_it():\n"
        "    kit = distribution('pytest-iotjobs')\n"
        "    texts = [file.read_text() for file in kit.files if 'licen' in str(file).lower()]\n"
        "    assert any('micropython-lib contributors' in text for text in texts)\n"
        "    assert len(texts) == 2 and all('MIT' in text for text in texts)\n"
    )
    done = project.run("-q")
    assert "1 passed in " in done.stdout, done.stdout
