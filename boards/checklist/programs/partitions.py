"""The two slots of an ESP32."""

from esp32 import Partition

running = Partition(Partition.RUNNING)
print("running", running.info()[2], "next", running.get_next_update().info()[2])
try:
    Partition.mark_app_valid_cancel_rollback()
    print("rollback True")
except OSError as error:
    print("rollback", error)
