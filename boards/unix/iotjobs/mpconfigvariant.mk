# MicroPython's standard variant, with iotjobs frozen.
FROZEN_MANIFEST ?= $(VARIANT_DIR)/manifest.py

include variants/standard/mpconfigvariant.mk

# The unix port does not tell mpy-cross the architecture, which viper needs. Elsewhere than here
# the library is frozen without native code.
IOTJOBS_MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
ifneq ($(filter x86_64 amd64,$(IOTJOBS_MACHINE)),)
MPY_CROSS_FLAGS += -march=$(if $(filter 1,$(MICROPY_FORCE_32BIT)),x86,x64)
else ifneq ($(filter i386 i486 i586 i686,$(IOTJOBS_MACHINE)),)
MPY_CROSS_FLAGS += -march=x86
endif
