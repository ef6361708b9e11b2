"""The way on which files come to a handler that was given none."""


def fetcher_of(fetcher, ca, settings):
    """`fetcher`, or where that is None a Fetcher with this `ca` and these settings (dict), which
    is loaded then.
    """
    if fetcher is None:
        from .fetcher import Fetcher

        fetcher = Fetcher(ca, **settings)
    return fetcher
