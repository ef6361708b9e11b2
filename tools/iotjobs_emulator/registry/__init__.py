"""The registry: things, certificates, and which certificate belongs to which thing."""

from .registry import Registry

__all__ = ["Registry"]
