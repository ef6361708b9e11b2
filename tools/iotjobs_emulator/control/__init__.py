"""The control plane: HTTP as `aws iot` and boto3 speak it, routed and validated from the model."""

from .model import handlers_of, load_model
from .server import ControlPlane

__all__ = ["ControlPlane", "handlers_of", "load_model"]
