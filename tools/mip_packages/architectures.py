"""What the library is compiled for: mpy-cross's names, and the boards that each is for."""

NO_ARCHITECTURE = "none"
ARCHITECTURES = {
    "armv6m": "RP2040: Pico W",
    "armv7emsp": "RP2350: Pico 2 W",
    "xtensawin": "ESP32, ESP32-S2, ESP32-S3",
    "rv32imc": "ESP32-C3, ESP32-C6",
    "x64": "unix port on x86-64",
    "x86": "unix port on x86",
    NO_ARCHITECTURE: "any board, without native code",
}
