"""Verifies what a webhook's receiver got with a library that was not written here: lines of JSON in, one word a line out."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

for line in sys.stdin:
    got = json.loads(line)
    try:
        Webhook(got["secret"]).verify(got["body"], got["headers"])
        print("verified")
    except WebhookVerificationError as error:
        print(f"refused: {error}")
