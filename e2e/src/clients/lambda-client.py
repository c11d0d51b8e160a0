"""Calls functions through boto3, and prints what came of it as JSON."""

import base64
import json
import sys

import boto3
from botocore.exceptions import ClientError

client = boto3.client("lambda", endpoint_url=sys.argv[1])
function = sys.argv[2]


def refusal(**request):
    try:
        client.invoke(**request)
    except ClientError as error:
        return {"code": error.response["Error"]["Code"], "typed": type(error) is not ClientError}
    return None


answer = client.invoke(
    FunctionName=function,
    Payload=json.dumps({"name": "Ada"}),
    LogType="Tail",
    ClientContext=base64.b64encode(json.dumps({"custom": {"from": "boto3"}}).encode()).decode(),
)
failed = client.invoke(FunctionName=function, Payload=json.dumps({"fail": True}))
pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
print(
    json.dumps(
        {
            "answer": json.load(answer["Payload"]),
            "version": answer["ExecutedVersion"],
            "log": base64.b64decode(answer["LogResult"]).decode(),
            "error": [failed["FunctionError"], json.load(failed["Payload"])["errorType"]],
            "event": client.invoke(FunctionName=function, InvocationType="Event")["StatusCode"],
            "names": sorted(found["FunctionName"] for page in pages for found in page["Functions"]),
            "memory": client.get_function(FunctionName=function)["Configuration"]["MemorySize"],
            "missing": refusal(FunctionName="missing"),
        }
    )
)
