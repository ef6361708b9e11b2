"""REST as AWS SDKs speak it: routed, validated and answered by the service models."""

from .api import Api, Service
from .model import handlers_of, load_model
from .server import Server

__all__ = ["Api", "Server", "Service", "handlers_of", "load_model"]
