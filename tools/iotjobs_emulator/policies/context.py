"""What policies can ask about a request: the policy variables, which are also condition keys."""

CLIENT_ID = "iot:ClientId"
THING_NAME = "iot:Connection.Thing.ThingName"
IS_ATTACHED = "iot:Connection.Thing.IsAttached"
COMMON_NAME = "iot:Certificate.Subject.CommonName"

# By their lower case: condition keys are not case-sensitive (IAM user guide, "Condition").
KEYS = {name.lower(): name for name in (CLIENT_ID, THING_NAME, IS_ATTACHED, COMMON_NAME)}

_WILDCARDS = frozenset("*?+#")  # of policies and of topic filters
_LONGEST_ATTRIBUTE = 1024  # characters

Context = dict[str, str]  # a variable that has no value in a request is not in it


def of_certificate(common_name: str | None) -> Context:
    """What is known of every request with a certificate; the name is that of its subject.

    As at the service, a name with a wildcard in it, or a very long one, is no value.
    """
    if not common_name or _WILDCARDS & set(common_name) or len(common_name) > _LONGEST_ATTRIBUTE:
        return {}
    return {COMMON_NAME: common_name}


def of_connection(common_name: str | None, client_id: str, thing: str | None) -> Context:
    """What is known of an MQTT connection; `thing` is the one its certificate is attached to.

    The variables of the thing have a value only if the client id is the thing's name.
    """
    attached = thing is not None and client_id == thing
    context = {
        **of_certificate(common_name),
        CLIENT_ID: client_id,
        IS_ATTACHED: "true" if attached else "false",
    }
    if attached:
        context[THING_NAME] = thing
    return context
