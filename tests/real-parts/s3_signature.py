"""What botocore would sign a request to S3 with: a second opinion on the function's own.

Reads a JSON object {"url": …, "headers": {those that are signed}, "region": …, "key": …, "secret": …, "token": …} and
answers with the signature in hexadecimal.
"""

import json
import sys

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

asked = json.load(sys.stdin)
credentials = Credentials(asked["key"], asked["secret"], asked["token"])
signer = S3SigV4Auth(credentials, "s3", asked["region"])
request = AWSRequest(method="GET", url=asked["url"], headers=asked["headers"])
request.context["timestamp"] = asked["headers"]["x-amz-date"]
text = signer.string_to_sign(request, signer.canonical_request(request))
print(signer.signature(text, request))
