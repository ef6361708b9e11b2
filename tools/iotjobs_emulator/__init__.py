"""A local AWS IoT Jobs service: MQTT broker, state machine and control plane in one process."""
