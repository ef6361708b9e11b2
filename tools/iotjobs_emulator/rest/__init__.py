"""REST as AWS SDKs speak it: routed, validated and answered by the service models."""

from .model import handlers_of, load_model
from .server import ControlPlane

__all__ = ["ControlPlane", "handlers_of", "load_model"]
