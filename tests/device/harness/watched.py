"""Which operation of the file system each change of a flash belongs to."""

import io

import flash


def operations(story):
    """What `story()` does to the flashes whose `cut` it has called: for each change in turn the
    operation that it is part of, (verb, path), or None where it is part of none.
    """
    flash.watcher = _Watcher()
    try:
        story()
        return flash.watcher.changes
    finally:
        flash.watcher = None


class _Watcher:
    now = None  # the operation that is going on

    def __init__(self):
        self.changes = []

    def changed(self):
        self.changes.append(self.now)

    def mounted(self, system):
        return _FileSystem(self, system)

    def does(self, verb, path, call, *arguments):
        self.now = (verb, path)
        try:
            return call(*arguments)
        finally:
            self.now = None


class _FileSystem:
    """A file system that tells the watcher what it does."""

    def __init__(self, watcher, system):
        self._watcher = watcher
        self._system = system

    def __getattr__(self, name):
        call = getattr(self._system, name)
        if name in ("mkdir", "rmdir", "remove"):
            return lambda path: self._watcher.does(name, path, call, path)
        return call

    def open(self, path, mode):
        file = self._watcher.does("open", path, self._system.open, path, mode)
        return file if mode in ("r", "rb") else _File(self._watcher, path, file)

    def rename(self, path, to):
        self._watcher.does("rename", to, self._system.rename, path, to)


class _File(io.IOBase):
    """A file that is written, and tells the watcher when."""

    def __init__(self, watcher, path, file):
        self._watcher = watcher
        self._path = path
        self._file = file

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def write(self, data):
        return self._watcher.does("write", self._path, self._file.write, data)

    def flush(self):
        self._watcher.does("flush", self._path, self._file.flush)

    def close(self):
        self._watcher.does("close", self._path, self._file.close)
