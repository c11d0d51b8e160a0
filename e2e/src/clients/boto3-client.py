"""Calls the API through boto3: one request a line on standard input, one answer a line on standard output."""

import json
import sys

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

client = boto3.client(
    sys.argv[2],
    endpoint_url=sys.argv[1],
    config=Config(inject_host_prefix=False, retries={"max_attempts": 1}),
)


def perform(request):
    name = xform_name(request["operation"])
    if "member" in request:
        pages = client.get_paginator(name).paginate(**request["input"], PaginationConfig={"PageSize": request["size"]})
        return [item for page in pages for item in page[request["member"]]]
    output = getattr(client, name)(**request["input"])
    output.pop("ResponseMetadata", None)
    return output


def answer(request):
    try:
        return {"output": perform(request)}
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return {"error": {"code": code, "message": error.response["Error"]["Message"], "typed": type(error) is not ClientError}}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)), default=str), flush=True)
