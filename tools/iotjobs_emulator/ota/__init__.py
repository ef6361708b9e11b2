"""OTA updates as FreeRTOS has them: each makes a stream, and a job whose document is `afr_ota`.

Pure, over a Database, by the clock of the jobs engine.

- `control`: what an operator asks for, checked by `new_update`
- `making`: makes stream and job, with `signatures` (`signer` has the emulator's own key) and the
  `document`
- `store`: where updates lie, as `records`

`updates` puts it together, and moves them by the clock.
"""

from .updates import OtaUpdates

__all__ = ["OtaUpdates"]
