"""What `tools/package` makes: packages of the library for `mip`."""
