"""`Subscription`: to some topics for a while, whichever connection a link has by then."""

from ..links.link import LinkError


class Subscription:
    """To `filters` (list of bytes), over `link`, an MQTTLink that an agent polls. Nothing is
    subscribed to yet. Allocates per connection what the link's `begin_subscribe` does.
    """

    _made = -1  # on which connection

    def __init__(self, link, filters):
        self._link = link
        self._filters = filters

    def make(self):
        """A generator that waits until there is a connection, and subscribes where that was not
        done on it. Returns that connection's number. It yields None, and waits as long as the
        agent makes no connection. LinkError for one that ends over the subscription.
        """
        link = self._link
        while not link.connected or link.awaited:
            yield
        opened = link.opened
        if self._made != opened:
            link.begin_subscribe(self._filters, 0, False)
            while link.awaited and self.holds(opened):
                yield
            if not self.holds(opened):
                raise LinkError("lost", "the connection ended at a subscription: see the policy")
            self._made = opened
        return opened

    def holds(self, opened):
        """Whether the connection with this number is there still."""
        return self._link.connected and self._link.opened == opened

    def leave(self):
        """Unsubscribe, if the link can do so at once: it awaits nothing else. Raises nothing. The
        next connection begins without a subscription.
        """
        link = self._link
        if self.holds(self._made) and not link.awaited:
            try:
                link.begin_unsubscribe(self._filters)
            except LinkError:
                pass
