"""Jobs that reset the board: {"operation": "reboot"}, and AWS's managed template AWS-Reboot."""


def reboot(job):
    """Reset the board; the job is SUCCEEDED when its program is up again."""
    if not job.resumed:  # else the board has been reset already
        job.reset()


def register(agent):
    """Let `agent` run such jobs."""
    for operation in ("reboot", "reboot.sh"):
        agent.handler(operation)(reboot)
