"""A stand-in for S3: the files of a folder, by signed URLs (SERVICE.md, S3).

- `names`: which bucket and key a URL or a Host header means
- `folder`: the files, by bucket and key; nothing outside of the folder is reached
- `signing`: signed URLs, made and verified (Signature Version 4, query form)
- `conditions`: what a request's conditions and its Range ask for
- `files`: what the rest of the emulator asks for: documents, and signed URLs
- `server`: all of it on a port
- `errors`: S3's own, in XML
"""
