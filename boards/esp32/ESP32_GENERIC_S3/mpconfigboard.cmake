# MicroPython's ESP32_GENERIC_S3, with iotjobs frozen and two slots for firmware.
# All else (header, pins, variant) is taken from there.
set(MICROPY_BOARD_DIR ${CMAKE_CURRENT_SOURCE_DIR}/boards/ESP32_GENERIC_S3)
include(${MICROPY_BOARD_DIR}/mpconfigboard.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/../iotjobs.cmake)
