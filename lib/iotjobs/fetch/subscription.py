"""`Subscription`: to some topics, whichever connection a link has."""

from ..links.link import LinkError


class Subscription:
    """To `filters` (list of bytes), over `link`, an MQTTLink that an agent polls. Nothing is
    subscribed to yet; what is stays so until the connection ends. Allocates per connection what
    the link's `begin_subscribe` does.
    """

    _made = -1  # on which connection

    def __init__(self, link, filters):
        self._link = link
        self._filters = filters

    def make(self):
        """A generator that waits until there is a connection, and subscribes where that was not
        done on it. It yields None, and waits as long as the agent makes no connection. LinkError
        for one that ends over the subscription.
        """
        link = self._link
        while not link.connected or link.awaited:
            yield
        opened = link.opened
        if self._made != opened:
            link.begin_subscribe(self._filters, 0, False)
            while link.awaited and link.opened == opened:
                yield
            if not (link.connected and link.opened == opened):
                raise LinkError("lost", "the connection ended at a subscription: see the policy")
            self._made = opened

    def is_made(self):
        """Whether there is a connection on which that was done."""
        return self._link.connected and self._link.opened == self._made
