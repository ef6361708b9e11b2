"""Lockstep: the device's own library on MicroPython and the emulator's own parts on CPython.

Both share one time, which only moves when both have nothing more to do. There are no sockets, no
waiting and no chance: what happens is a schedule's, and happens again in the same way.

The world:
- `loop`: an event loop whose time is set
- `transport`: a connection without a network
- `world`: the emulator on both, with what a schedule does to it, and a schedule's objects in S3
- `trace`: tells of all that happened

The device: `device_process` runs `device/main.py`, and speaks with it as `exchange` says.

What is run:
- `schedule`: describes a session, over MQTT or HTTPS; `stories` has some
- `matrix`: puts each fault on each message of them; `http_matrix`: on each request;
  `stream_matrix`: those that only files of streams have
- `cuts`: takes the power at each of their steps
- `storm`: makes random ones
- `misconduct`: makes those in which the handlers misbehave, as `conducts` says
- `rival`: another board with the same client id

What must hold: `judge`, and `conduct_judge` where a handler misbehaves, with the `starts` of such
a handler; `stream_judge` for files of streams. Many at once: `farm`.
"""
