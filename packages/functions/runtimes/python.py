"""The inside of a Python function's process: loads the handler, asks the Lambda Runtime API for one invocation after the
other, and reports errors as AWS's own runtime does. It needs nothing but the standard library.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

import decimal
import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

ADDRESS, _, SECRET = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
PATH = (f"/{SECRET}" if SECRET else "") + "/2018-06-01/runtime"
HERE = os.path.abspath(__file__)
request_id = ""


class RuntimeFault(Exception):
    """Something that is not the handler's own exception, by the name that AWS gives it."""

    def __init__(self, error_type, message, trace=()):
        super().__init__(message)
        self.error_type = error_type
        self.trace = list(trace)


class Host:
    """The Runtime API of this process, over one connection."""

    def __init__(self):
        self.connection = http.client.HTTPConnection(ADDRESS)

    def call(self, method, path, body=None, headers=None):
        self.connection.request(method, PATH + path, body=body, headers=headers or {})
        answer = self.connection.getresponse()
        return answer, answer.read()

    def next(self):
        answer, body = self.call("GET", "/invocation/next")
        if answer.status != 200:
            raise ConnectionError(f"the host answered {answer.status}")
        return answer.headers, body

    def post_result(self, text):
        self.call("POST", f"/invocation/{request_id}/response", text.encode(), {"Content-Type": "application/json"})

    def post_error(self, path, report):
        error_type = "".join(one if " " <= one <= "~" else "?" for one in report["errorType"])
        headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": error_type}
        self.call("POST", path, json.dumps(report, ensure_ascii=False).encode(), headers)


class ClientContext:
    def __init__(self, content):
        client = content.get("client")
        self.client = None if client is None else Client(client)
        self.custom = content.get("custom")
        self.env = content.get("env")


class Client:
    def __init__(self, content):
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self, name, content.get(name))


class CognitoIdentity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = CognitoIdentity()
        content = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = ClientContext(json.loads(content)) if content else None
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


def load_handler(name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot or not module_name:
        raise RuntimeFault("Runtime.MalformedHandlerName", f"Bad handler '{name}'")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise RuntimeFault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        message = f"Syntax error in module '{module_name}': {error}"
        raise RuntimeFault("Runtime.UserCodeSyntaxError", message, trace) from error
    if not hasattr(module, function_name):
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise RuntimeFault("Runtime.HandlerNotFound", message)
    return getattr(module, function_name)


def report_of(error):
    if isinstance(error, RuntimeFault):
        return make_report(str(error), error.error_type, error.trace)
    frames = traceback.extract_tb(error.__traceback__)
    # Where the function's own code begins.
    own = next((index for index, frame in enumerate(frames) if os.path.abspath(frame.filename) != HERE), len(frames))
    # An exception while the module was loaded has the import system between.
    frames = [frame for frame in frames[own:] if not frame.filename.startswith("<frozen ")]
    # As plain tuples: without the marks below the lines that newer versions add.
    lines = traceback.format_list([(frame.filename, frame.lineno, frame.name, frame.line) for frame in frames])
    return make_report(str(error), type(error).__name__, lines)


def make_report(message, error_type, trace):
    return {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": trace}


def log_report(report):
    lines = [f"[ERROR] {report['errorType']}: {report['errorMessage']}"]
    if report["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        lines.extend(entry.rstrip("\n") for entry in report["stackTrace"])
    print("\n".join(lines), flush=True)


def plain(value):
    """DynamoDB's numbers are decimals."""
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def to_json(result):
    try:
        return json.dumps(result, default=plain, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError, decimal.DecimalException) as error:
        raise RuntimeFault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def from_json(body):
    try:
        return json.loads(body)
    except ValueError as error:
        raise RuntimeFault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


def set_up_logging():
    """Records of `logging` have the shape that AWS gives them."""

    class WithRequestId(logging.Filter):
        def filter(self, record):
            record.aws_request_id = request_id
            return True

    handler = logging.StreamHandler(sys.stdout)
    layout = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    formatter = logging.Formatter(layout, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(WithRequestId())
    logging.getLogger().addHandler(handler)


def perform(host, handler, headers, body):
    try:
        text = to_json(handler(from_json(body), Context(headers)))
    except Exception as error:
        report = report_of(error)
        log_report(report)
        host.post_error(f"/invocation/{request_id}/error", report)
        return
    sys.stdout.flush()
    host.post_result(text)


def main():
    global request_id
    # The folder of this file is the first place that Python looks at; it must be the function's.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    set_up_logging()
    host = Host()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        report = report_of(error)
        log_report(report)
        host.post_error("/init/error", report)
        sys.exit(1)
    while True:
        try:
            headers, body = host.next()
        except (OSError, http.client.HTTPException):
            # The host is gone, or does not want this process any more.
            sys.exit(1)
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
        perform(host, handler, headers, body)
        request_id = ""


if __name__ == "__main__":
    main()
