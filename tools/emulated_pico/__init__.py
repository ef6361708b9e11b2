"""A Raspberry Pi Pico without the hardware: `pico` starts it, `chip` is the process that it runs
in, `console` sends programs to it. `power` cuts its power. Of a Pico W, `wifi` is the chip that
has Wi-Fi, and `internet` what is behind the access point.
"""
