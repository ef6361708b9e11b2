"""What a program has besides its jobs, where a schedule has streams: a topic of its own on the
agent's link. It uses that while a job runs, and so does the handler that gets files.
"""

import downloads

TOPIC = b"application"
_EACH_MS = 500


class Application:
    """Outlives the lives of a device. `strange` is what came on the topic, and was never sent.
    `handler` is that of jobs which get files.
    """

    def __init__(self, net):
        self.strange = []
        self._net = net
        self._link = None
        self._sent = 0

    def begin(self, link, agent, thing_name, settings):
        """A life begins. `settings` are those of a StreamFetcher; without any it does nothing."""
        if settings:
            self._link = link
            self._agent = agent
            self._subscribed = 0  # on which connection
            self._due_ms = 0
            link.set_callback(self._receive)
            self.handler = downloads.handler(self._net, link, thing_name, settings)

    def poll(self):
        """Do what is due, and wait for nothing: while there is a job, send a message to itself
        each half a second.
        """
        link = self._link
        if not link or not (self._agent.job and link.connected) or link.awaited:
            return
        now = self._net.now
        try:
            if self._subscribed != link.opened:
                self._subscribed = link.opened
                link.begin_subscribe((TOPIC,), 0, False)
            elif now >= self._due_ms:
                self._due_ms = now + _EACH_MS
                self._sent += 1
                link.publish(TOPIC, b"%d" % self._sent)
        except OSError as error:  # the agent sees it at its next poll
            self._net.log("the application: %r" % error)

    def _receive(self, topic, message):
        if topic != TOPIC or not 0 < int(message) <= self._sent:
            self.strange.append("%s %s" % (topic.decode(), message.decode()))
