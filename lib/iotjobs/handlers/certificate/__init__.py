"""Jobs that give the board a new certificate, for a key that the board itself has made.

{"operation": "certificate"} makes the key, and reports the request for a certificate as the detail
"request". {"operation": "certificate", "certificate": "MII…"} brings the certificate: a connection
is made with it, and only if the service answers there does it take the place of the old one. No
private key is ever in a job.
"""

from .pair import load  # noqa: F401, programs call it


def register(agent, cert="/device.der", key="/key.der", ca="/ca.der", trial_ms=300_000):
    """Let `agent`, a JobsAgent whose link has TLS, take a new certificate. Returns the handler.

    `cert`, `key`: the paths (str) of the files of which `load` was told. `ca`: as the link has it.
    `trial_ms`: after so long without an answer over the new certificate, the old one goes on, and
    the job is FAILED. During a trial there are two SSLContexts, of about 5 kB each.
    """

    @agent.handler("certificate")
    def certificate(job):
        # What does it is loaded when it is wanted, which is once in years.
        given = job.get("certificate")
        if given is None:
            from .request import requesting

            thing = agent.client.topics.prefix[12:-6]  # of $aws/things/THING/jobs/
            return requesting(cert, key, thing)
        from .change import Change

        return Change(agent, cert, key, ca, trial_ms).changing(job, given)

    return certificate
