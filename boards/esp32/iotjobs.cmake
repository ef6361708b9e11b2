# What the boards of this port have in common. Included by their mpconfigboard.cmake, before
# MicroPython puts the files of SDKCONFIG_DEFAULTS together: of two values the last one holds.
set(MICROPY_FROZEN_MANIFEST ${CMAKE_CURRENT_LIST_DIR}/manifest.py)

# MicroPython before 1.26 does not make a partition for files of the flash that is left.
file(READ ${CMAKE_CURRENT_LIST_DIR}/partitions.csv IOTJOBS_PARTITIONS)
if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/partitions-4MiBplus.csv)
    string(APPEND IOTJOBS_PARTITIONS "vfs,      data, fat,     0x3b0000, 0x50000,\n")
endif()
file(WRITE ${CMAKE_BINARY_DIR}/iotjobs-partitions.csv "${IOTJOBS_PARTITIONS}")

# A file of settings cannot name its own folder, so the one that names the table is made here.
file(WRITE ${CMAKE_BINARY_DIR}/iotjobs-sdkconfig
    "CONFIG_PARTITION_TABLE_CUSTOM_FILENAME=\"${CMAKE_BINARY_DIR}/iotjobs-partitions.csv\"\n"
)
list(APPEND SDKCONFIG_DEFAULTS
    ${CMAKE_CURRENT_LIST_DIR}/sdkconfig.slots
    ${CMAKE_BINARY_DIR}/iotjobs-sdkconfig
)
