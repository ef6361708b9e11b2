# MicroPython's RPI_PICO_W, with iotjobs frozen. All else (header, pins, variant) is taken from there.
set(MICROPY_BOARD_DIR ${MICROPY_PORT_DIR}/boards/RPI_PICO_W)
include(${MICROPY_BOARD_DIR}/mpconfigboard.cmake)

set(MICROPY_FROZEN_MANIFEST ${CMAKE_CURRENT_LIST_DIR}/manifest.py)
