"""`@connections` through an unmodified boto3.

Environment: WEBSOCKET_URL, MANAGEMENT_URL, AWS credentials, and for TLS what boto3 trusts.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import ClientConnection, connect

from checks import check, equal, run_checks

WEBSOCKET_URL, MANAGEMENT_URL = os.environ["WEBSOCKET_URL"], os.environ["MANAGEMENT_URL"]
ADDRESS = MANAGEMENT_URL.removesuffix("/dev")
PATIENCE_SECONDS = 20
# API Gateway's quota for a message.
LARGEST_BYTES = 128 * 1024
# Well formed, and nobody's.
UNKNOWN = "SOqGjdZioAMCEeg="


def make_client(endpoint: str = MANAGEMENT_URL, region: str = "us-east-1", signature: object = None, **keys: str):
    # Nothing is tried twice: a check shall see the first answer.
    config = Config(retries={"total_max_attempts": 1}, signature_version=signature)
    return boto3.client("apigatewaymanagementapi", region_name=region, endpoint_url=endpoint, config=config, **keys)


client = make_client()
exceptions = client.exceptions


@contextmanager
def join(while_connecting: Callable[[str], None] = lambda _: None, **options) -> Iterator[tuple[ClientConnection, str]]:
    """An open WebSocket: the socket, and its connection id, which `while_connecting` gets before it is open."""
    told = []

    class Gate(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            while_connecting(told[0])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Gate) as gate:
        Thread(target=gate.handle_request, daemon=True).start()
        url = f"{WEBSOCKET_URL}?gate={gate.server_port}"
        with connect(url, open_timeout=PATIENCE_SECONDS, proxy=None, compression=None, **options) as socket:
            yield socket, told[0]


def heard(socket: ClientConnection) -> str:
    return socket.recv(timeout=PATIENCE_SECONDS)


def output(response: dict, status: int = 200) -> dict:
    """The members of an answer, without what boto3 adds to them."""
    metadata = response.pop("ResponseMetadata")
    equal(metadata["HTTPStatusCode"], status)
    assert metadata["RequestId"], "the answer has no request id"
    return response


def refused(operation, exception: type[ClientError], status: int, code: str, **members) -> str:
    """Calls an operation that must be refused with exactly this exception: its message."""
    try:
        operation(**members)
    except ClientError as error:
        equal((type(error).__name__, error.response["Error"]["Code"]), (exception.__name__, code))
        # Every client makes its own classes of the model's exceptions.
        assert isinstance(error, exception), f"{type(error)} is no {exception}"
        equal(error.response["ResponseMetadata"]["HTTPStatusCode"], status)
        assert error.response["ResponseMetadata"]["RequestId"], "the refusal has no request id"
        return error.response["Error"]["Message"]
    raise AssertionError("it was not refused")


def operations(caller=client) -> list[Callable]:
    """All three operations, which want no more than a connection id then."""
    return [partial(caller.post_to_connection, Data=b"hello"), caller.get_connection, caller.delete_connection]


def gone(connection_id: str) -> None:
    """Fails unless all operations say that this connection is gone."""
    for operation in operations():
        refused(operation, exceptions.GoneException, 410, "GoneException", ConnectionId=connection_id)


def forbidden(caller, code: str, words: str) -> None:
    """Fails unless all operations of a client are refused with this code; an open connection hears nothing of it."""
    with join() as (socket, connection_id):
        modeled = caller.exceptions.ForbiddenException if code == "ForbiddenException" else ClientError
        for operation in operations(caller):
            message = refused(operation, modeled, 403, code, ConnectionId=connection_id)
            assert words in message, f"{message!r} does not contain {words!r}"
        output(client.post_to_connection(ConnectionId=connection_id, Data=b"the first that is heard"))
        equal(heard(socket), "the first that is heard")


@check
def a_post_is_heard_as_one_text_message_whatever_its_data_are():
    with join() as (socket, connection_id):
        for data, text in [
            ("hello", "hello"), (b"bytes", "bytes"), (bytearray(b"more"), "more"), ("", ""), (b"", ""),
            ("Zoë 🦀 \u2028", "Zoë 🦀 \u2028"), (b"not \xff UTF-8", "not \ufffd UTF-8"),
            ("x" * LARGEST_BYTES, "x" * LARGEST_BYTES),
        ]:
            equal(output(client.post_to_connection(ConnectionId=connection_id, Data=data)), {})
            equal(heard(socket), text)


@check
def get_connection_tells_the_client_and_two_points_in_time():
    with join(user_agent_header="agent/1.0") as (socket, connection_id):
        first = output(client.get_connection(ConnectionId=connection_id))
        equal(set(first), {"ConnectedAt", "Identity", "LastActiveAt"})
        equal(first["Identity"], {"SourceIp": "127.0.0.1", "UserAgent": "agent/1.0"})
        for moment in [first["ConnectedAt"], first["LastActiveAt"]]:
            assert isinstance(moment, datetime) and moment.tzinfo is not None, f"{moment!r} is no point in time"
            assert abs(datetime.now(timezone.utc) - moment) < timedelta(seconds=60), f"{moment} is not now"
        output(client.post_to_connection(ConnectionId=connection_id, Data="hello"))
        equal(heard(socket), "hello")
        second = output(client.get_connection(ConnectionId=connection_id))
        equal(second["ConnectedAt"], first["ConnectedAt"])
        assert second["LastActiveAt"] > first["ConnectedAt"], second


@check
def get_connection_knows_no_user_agent_of_a_client_that_sent_none():
    with join(user_agent_header=None) as (_socket, connection_id):
        equal(output(client.get_connection(ConnectionId=connection_id))["Identity"], {"SourceIp": "127.0.0.1"})


@check
def delete_connection_closes_it_and_it_is_gone():
    with join() as (socket, connection_id):
        equal(output(client.delete_connection(ConnectionId=connection_id), 204), {})
        try:
            heard(socket)
        except ConnectionClosedOK as closed:
            equal(closed.rcvd.code, 1000)
        else:
            raise AssertionError("it was not closed")
        gone(connection_id)


@check
def a_connection_that_its_client_closed_is_gone():
    with join() as (socket, connection_id):
        socket.close()
        gone(connection_id)


@check
def a_connection_that_never_was_is_gone():
    gone(UNKNOWN)


@check
def a_connection_is_gone_while_connect_runs_and_there_afterwards():
    during = []

    def call(connection_id: str) -> None:
        try:
            gone(connection_id)
        except Exception as error:  # it happened on another thread
            during.append(error)

    with join(call) as (socket, connection_id):
        equal(during, [])
        output(client.post_to_connection(ConnectionId=connection_id, Data="now"))
        equal(heard(socket), "now")


@check
def an_id_that_is_none_is_a_bad_request_however_it_is_spelled():
    # An id that was encoded before is encoded twice.
    for connection_id in ["nonsense", UNKNOWN.replace("=", "%3D"), f"{UNKNOWN}{UNKNOWN}", "a/b?c#d", "Zoë & 🦀"]:
        for operation in operations():
            message = refused(operation, ClientError, 400, "BadRequestException", ConnectionId=connection_id)
            equal(message, f"Invalid connectionId: {connection_id}")


@check
def one_byte_too_many_is_too_large():
    with join() as (socket, connection_id):
        too_large = {"ConnectionId": connection_id, "Data": b"x" * (LARGEST_BYTES + 1)}
        exception = exceptions.PayloadTooLargeException
        refused(client.post_to_connection, exception, 413, "PayloadTooLargeException", **too_large)
        output(client.post_to_connection(ConnectionId=connection_id, Data="enough"))
        equal(heard(socket), "enough")


@check
def a_client_that_does_not_read_has_a_buffer_with_an_end():
    # It reads one message ahead, leaves the others to the socket, and does not wait for the end.
    with join(max_queue=1, close_timeout=0) as (_sleeper, sleeper_id), join() as (other, other_id):
        large = {"ConnectionId": sleeper_id, "Data": b"x" * LARGEST_BYTES}
        # 64 MB are more than all buffers on the way have room for.
        for _ in range(512):
            try:
                client.post_to_connection(**large)
            except exceptions.LimitExceededException:
                break
        refused(client.post_to_connection, exceptions.LimitExceededException, 429, "LimitExceededException", **large)
        output(client.post_to_connection(ConnectionId=other_id, Data="nobody else waits"))
        equal(heard(other), "nobody else waits")
        output(client.delete_connection(ConnectionId=sleeper_id), 204)
        gone(sleeper_id)


@check
def a_wrong_stage_is_forbidden_and_so_is_none():
    for endpoint in [f"{ADDRESS}/prod", ADDRESS]:
        forbidden(make_client(endpoint), "ForbiddenException", "Forbidden")


@check
def a_wrong_region_is_no_signature():
    words = "Credential should be scoped to a valid region, not 'eu-west-1'. "
    forbidden(make_client(region="eu-west-1"), "InvalidSignatureException", words)


@check
def a_wrong_signing_name_is_no_signature():
    caller = make_client()

    def sign_as_lambda(request, **_):
        request.context.setdefault("signing", {})["signing_name"] = "lambda"

    caller.meta.events.register("before-sign.apigatewaymanagementapi.*", sign_as_lambda)
    words = "Credential should be scoped to correct service: 'execute-api'. "
    forbidden(caller, "InvalidSignatureException", words)


@check
def a_wrong_secret_is_no_signature():
    caller = make_client(aws_access_key_id="local", aws_secret_access_key="wrong")
    forbidden(caller, "InvalidSignatureException", "The request signature we calculated does not match")


@check
def an_unknown_access_key_is_nobody():
    caller = make_client(aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="wrong")
    forbidden(caller, "UnrecognizedClientException", "The security token included in the request is invalid.")


@check
def no_signature_is_no_token():
    caller = make_client(signature=UNSIGNED)
    forbidden(caller, "MissingAuthenticationTokenException", "Missing Authentication Token")


@check
def who_may_not_is_denied_with_the_permission_that_is_missing():
    caller = make_client(aws_access_key_id="denied", aws_secret_access_key="denied")
    words = "is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:"
    forbidden(caller, "AccessDeniedException", words)


if __name__ == "__main__":
    run_checks()
