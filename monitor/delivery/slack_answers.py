"""What Slack's answers mean: which refusals are for good, whom they blame, and what a person does about them.

The codes are those of https://docs.slack.dev/reference/methods/chat.postMessage and
https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
"""

import re
from datetime import timedelta

from monitor.errors import Blame, DeliveryError
from monitor.model import Fetched

LEAST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(hours=1)

_CREDENTIAL = "make a new token, put it into {name}, then: monitor recipient resume {id}"
_WEBHOOK = "make a new webhook in Slack, put its address into {name}, then: monitor recipient resume {id}"
_CHANNEL = "correct the channel in monitor.toml, or let the app into it; then: monitor recipient resume {id}"
_SCOPE = "give the app the scope chat:write and install it again; then: monitor recipient resume {id}"
_MOVED = "correct the address in {name}, or slack_api in monitor.toml; then: monitor recipient resume {id}"
_RIGHTS = "let an owner of the workspace allow it, then: monitor recipient resume {id}"

_MENDS = {
    _CREDENTIAL: "invalid_auth not_authed account_inactive token_revoked token_expired not_allowed_token_type",
    _WEBHOOK: "no_service no_service_id no_active_hooks invalid_token no_team team_disabled",
    _CHANNEL: "channel_not_found is_archived channel_is_archived not_in_channel user_not_found",
    _RIGHTS: "restricted_action restricted_action_read_only_channel restricted_action_thread_only_channel no_permission"
    " restricted_action_non_threadable_channel action_prohibited posting_to_general_channel_denied access_denied"
    " team_access_not_granted ekm_access_denied org_login_required",
    _SCOPE: "missing_scope",
}
SHUT = {code: mend for mend, codes in _MENDS.items() for code in codes.split()}  # every message would meet the same
UNFIT = frozenset(  # codes that refuse this message for what it is
    {"invalid_blocks", "invalid_blocks_format", "invalid_payload", "invalid_arguments", "msg_too_long", "no_text"}
    | {"msg_blocks_too_long", "metadata_too_large", "too_many_attachments", "thread_not_found", "invalid_thread_ts"}
    | {"cannot_reply_to_message"}
)
RATE = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_CODE = re.compile(r"[a-z][a-z_]{1,60}")


def refusal(status: int, said: str, wait: timedelta | None, name: str, recipient: str) -> DeliveryError:
    """Return what an answer that is no success comes to.

    `said` is Slack's own code, else ""; `name` is the variable that holds the secret, `recipient` who is written to.
    """
    code = said if _CODE.fullmatch(said) else ""
    told = f"Slack answers {code or f'HTTP {status}'}"
    if status == 429 or code in RATE:
        return DeliveryError(f"{told}: it asks for fewer posts", blame=Blame.CHANNEL, retry_after=wait)
    if status >= 500:
        return DeliveryError(f"Slack answers HTTP {status}", blame=Blame.CHANNEL, retry_after=wait)
    if 300 <= status < 400:
        todo = _MOVED.format(name=name, id=recipient)
        return DeliveryError(f"{told}, a redirect: {todo}", permanent=True, blame=Blame.CHANNEL)
    if code in SHUT:
        todo = SHUT[code].format(name=name, id=recipient)
        return DeliveryError(f"{told}: {todo}", permanent=True, blame=Blame.CHANNEL)
    if code in UNFIT or status in (400, 413):
        return DeliveryError(f"{told}: it does not take this message", permanent=True)
    if status < 300:
        return DeliveryError(f"{told}: that is no success" if code else "Slack answers 200, but not that it is ok")
    if status == 408:
        return DeliveryError(told, blame=Blame.CHANNEL)
    todo = _WEBHOOK.format(name=name, id=recipient)
    return DeliveryError(f"{told}: nothing takes messages there; {todo}", permanent=True, blame=Blame.CHANNEL)


def wait_asked(fetched: Fetched) -> timedelta | None:
    """Return what Retry-After asks for, held between 1 s and 1 h; None if it asks for nothing in seconds."""
    value = fetched.headers.get("retry-after", "").strip()
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", value):
        return None
    return min(max(timedelta(seconds=min(float(value), 86_400.0)), LEAST_WAIT), LONGEST_WAIT)
