"""All twelve operations of `ivschat` through an unmodified boto3.

Environment: CONTROL_ENDPOINT, REVIEW_FUNCTION (the one ARN that rooms may name), and AWS credentials.
"""

import os
import time
from datetime import datetime, timedelta, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from checks import check, equal, matches, run_checks

REVIEW_FUNCTION = os.environ["REVIEW_FUNCTION"]
ID = "[a-zA-Z0-9]{12}"
ROOM_ARN = rf"arn:aws:ivschat:us-east-1:[0-9]{{12}}:room/{ID}"
NO_ROOM = "arn:aws:ivschat:us-east-1:123456789012:room/AbCdEf123456"


def make_client():
    # Nothing is tried twice: a check shall see the first answer.
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client("ivschat", region_name="us-east-1", endpoint_url=os.environ["CONTROL_ENDPOINT"], config=once)


def sign_as_execute_api(request, **_):
    request.context.setdefault("signing", {})["signing_name"] = "execute-api"


client = make_client()
client.meta.events.register("before-sign.ivschat.*", sign_as_execute_api)


def output(response: dict, status: int = 200) -> dict:
    """The members of an answer, without what boto3 adds to them."""
    metadata = response.pop("ResponseMetadata")
    equal(metadata["HTTPStatusCode"], status)
    assert metadata["RequestId"], "the answer has no request id"
    return response


def refused(exception: type[ClientError], status: int, operation, **members) -> dict:
    """Calls an operation that must be refused with exactly this exception: its members."""
    try:
        operation(**members)
    except ClientError as error:
        equal(type(error), exception)
        response = error.response
        equal(response["ResponseMetadata"]["HTTPStatusCode"], status)
        assert response["ResponseMetadata"]["RequestId"], "the refusal has no request id"
        assert response["Error"]["Message"], "the refusal has no message"
        return response
    raise AssertionError("it was not refused")


def not_found(operation, **members) -> None:
    refusal = refused(client.exceptions.ResourceNotFoundException, 404, operation, **members)
    equal((refusal["resourceId"], refusal["resourceType"]), ("AbCdEf123456", "ROOM"))


def invalid(operation, *fields: str, **members) -> None:
    refusal = refused(client.exceptions.ValidationException, 400, operation, **members)
    equal(refusal["reason"], "FIELD_VALIDATION_FAILED")
    equal([field["name"] for field in refusal["fieldList"]], list(fields))
    assert all(field["message"] for field in refusal["fieldList"]), "a field has no message"


def is_about(moment: datetime, minutes_from_now: int) -> None:
    assert isinstance(moment, datetime) and moment.tzinfo is not None, f"{moment!r} is no point in time"
    off = abs(datetime.now(timezone.utc) + timedelta(minutes=minutes_from_now) - moment)
    assert off < timedelta(seconds=30), f"{moment} is off by {off}"


def new_room(**members) -> dict:
    return output(client.create_room(**members))


@check
def create_room_without_members_has_defaults():
    room = new_room()
    matches(room["arn"], ROOM_ARN)
    matches(room["id"], ID)
    assert room["arn"].endswith(f"/{room['id']}")
    is_about(room["createTime"], 0)
    equal(room["updateTime"], room["createTime"])
    for member in ["arn", "id", "createTime", "updateTime"]:
        del room[member]
    equal(room, {"name": "", "maximumMessageLength": 500, "maximumMessageRatePerSecond": 10, "tags": {}})


@check
def create_room_keeps_every_member_and_get_room_shows_it():
    handler = {"uri": REVIEW_FUNCTION, "fallbackResult": "DENY"}
    wanted = {
        "name": "all-of_it", "maximumMessageLength": 1, "maximumMessageRatePerSecond": 100,
        "messageReviewHandler": handler, "tags": {"team": "blue", "no value": ""},
    }
    room = new_room(**wanted)
    equal({member: room[member] for member in wanted}, wanted)
    equal(output(client.get_room(identifier=room["arn"])), room)


@check
def update_room_changes_what_it_names_and_nothing_else():
    before = new_room(name="before", maximumMessageLength=5, tags={"team": "blue"})
    time.sleep(0.01)
    after = output(client.update_room(identifier=before["arn"], name="after", maximumMessageRatePerSecond=7))
    assert after["updateTime"] > before["updateTime"]
    changed = {"name": "after", "maximumMessageRatePerSecond": 7, "updateTime": after["updateTime"]}
    equal(after, before | changed)
    equal(output(client.get_room(identifier=before["arn"])), after)


@check
def update_room_attaches_and_detaches_a_review_handler():
    arn = new_room()["arn"]
    attached = output(client.update_room(identifier=arn, messageReviewHandler={"uri": REVIEW_FUNCTION}))
    equal(attached["messageReviewHandler"], {"uri": REVIEW_FUNCTION, "fallbackResult": "ALLOW"})
    detached = output(client.update_room(identifier=arn, messageReviewHandler={"uri": ""}))
    equal(detached["messageReviewHandler"]["uri"], "")


@check
def list_rooms_shows_the_newest_change_first():
    old, new = (new_room(name=name, tags={"made": "for-a-list"}) for name in ["old", "new"])
    old = output(client.update_room(identifier=old["arn"], name="changed"))
    listed = output(client.list_rooms(maxResults=2))
    assert listed.pop("nextToken")
    for room in [old, new]:
        del room["maximumMessageLength"], room["maximumMessageRatePerSecond"]
    equal(listed, {"rooms": [old, new]})


@check
def list_rooms_filters_by_name_and_by_review_handler():
    handler = {"uri": REVIEW_FUNCTION, "fallbackResult": "ALLOW"}
    plain = new_room(name="filtered")
    reviewed = new_room(name="filtered", messageReviewHandler=handler)

    def arns(**filters):
        return [room["arn"] for room in output(client.list_rooms(**filters))["rooms"]]

    equal(arns(name="filtered"), [reviewed["arn"], plain["arn"]])
    equal(arns(name="filtered", messageReviewHandlerUri=REVIEW_FUNCTION), [reviewed["arn"]])
    equal(arns(name="filter"), [])


@check
def list_rooms_goes_on_where_the_token_says():
    made = [new_room(name="paged")["arn"] for _ in range(5)]
    pages, token = [], {}
    while True:
        page = output(client.list_rooms(name="paged", maxResults=2, **token))
        pages.append([room["arn"] for room in page["rooms"]])
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    equal([len(page) for page in pages], [2, 2, 1])
    equal(sum(pages, []), made[::-1])


@check
def create_chat_token_answers_with_a_token_and_both_of_its_ends():
    arn = new_room()["arn"]

    def issue(**members):
        return output(client.create_chat_token(roomIdentifier=arn, userId="Zoë", **members))

    plain = issue()
    full = issue(
        capabilities=["SEND_MESSAGE", "DISCONNECT_USER", "DELETE_MESSAGE"], attributes={"displayName": "Zoë"},
        sessionDurationInMinutes=180,
    )
    for token, minutes in [(plain, 60), (full, 180)]:
        # It travels as a subprotocol, which knows fewer characters than a header.
        matches(token.pop("token"), r"[A-Za-z0-9._~+!#-]{20,4000}")
        is_about(token["sessionExpirationTime"], minutes)
        is_about(token["tokenExpirationTime"], 60)
        equal(set(token), {"tokenExpirationTime", "sessionExpirationTime"})
    brief = issue(sessionDurationInMinutes=1)
    assert brief["tokenExpirationTime"] <= brief["sessionExpirationTime"]


@check
def tags_are_added_replaced_listed_and_removed():
    arn = new_room(tags={"team": "blue"})["arn"]

    def tags():
        return output(client.list_tags_for_resource(resourceArn=arn))

    equal(tags(), {"tags": {"team": "blue"}})
    more = {"team": "green", "with a space": "a/b?c&d=e", "größe": "Zoë", "+%2F": "%"}
    equal(output(client.tag_resource(resourceArn=arn, tags=more)), {})
    equal(tags(), {"tags": more})
    equal(output(client.untag_resource(resourceArn=arn, tagKeys=["with a space", "größe", "+%2F", "none"])), {})
    equal(tags(), {"tags": {"team": "green"}})
    equal(output(client.get_room(identifier=arn))["tags"], {"team": "green"})


@check
def send_event_and_delete_message_answer_with_an_id():
    arn = new_room()["arn"]
    plain = output(client.send_event(roomIdentifier=arn, eventName="app:ding"))
    full = output(client.send_event(roomIdentifier=arn, eventName="app:ding", attributes={"louder": "yes"}))
    deletion = output(client.delete_message(roomIdentifier=arn, id="AbCdEf123456", reason="off topic"))
    for answer in [plain, full, deletion]:
        matches(answer.pop("id"), ID)
        equal(answer, {})


@check
def disconnect_user_answers_with_nothing_even_if_nobody_is_there():
    arn = new_room()["arn"]
    equal(output(client.disconnect_user(roomIdentifier=arn, userId="nobody")), {})
    equal(output(client.disconnect_user(roomIdentifier=arn, userId="nobody", reason="because")), {})


@check
def delete_room_answers_with_204_and_the_room_is_gone():
    room = new_room()
    equal(output(client.delete_room(identifier=room["arn"]), 204), {})
    missing = client.exceptions.ResourceNotFoundException
    for operation in [client.get_room, client.delete_room]:
        equal(refused(missing, 404, operation, identifier=room["arn"])["resourceId"], room["id"])


@check
def every_operation_on_a_room_that_does_not_exist_says_so():
    not_found(client.get_room, identifier=NO_ROOM)
    not_found(client.update_room, identifier=NO_ROOM, name="new")
    not_found(client.delete_room, identifier=NO_ROOM)
    not_found(client.create_chat_token, roomIdentifier=NO_ROOM, userId="ada")
    not_found(client.send_event, roomIdentifier=NO_ROOM, eventName="app:ding")
    not_found(client.delete_message, roomIdentifier=NO_ROOM, id="AbCdEf123456")
    not_found(client.disconnect_user, roomIdentifier=NO_ROOM, userId="ada")
    not_found(client.list_tags_for_resource, resourceArn=NO_ROOM)
    not_found(client.tag_resource, resourceArn=NO_ROOM, tags={"team": "blue"})
    not_found(client.untag_resource, resourceArn=NO_ROOM, tagKeys=["team"])


@check
def wrong_members_are_refused_and_named():
    arn = new_room()["arn"]
    invalid(client.create_room, "name", "maximumMessageLength", name="a b", maximumMessageLength=501)
    invalid(client.create_room, "maximumMessageRatePerSecond", maximumMessageRatePerSecond=101)
    invalid(client.create_room, "messageReviewHandler.uri", messageReviewHandler={"uri": "a-function"})
    invalid(client.create_room, "loggingConfigurationIdentifiers", loggingConfigurationIdentifiers=[arn])
    invalid(client.create_room, "tags", tags={"aws:mine": ""})
    invalid(client.get_room, "identifier", identifier="lobby")
    invalid(client.update_room, "name", identifier=arn, name="n" * 129)
    invalid(client.delete_room, "identifier", identifier="lobby")
    invalid(client.list_rooms, "nextToken", "maxResults", nextToken="invented", maxResults=51)
    token = {"roomIdentifier": arn, "userId": "ada"}
    invalid(client.create_chat_token, "capabilities", capabilities=["DANCE"], **token)
    invalid(client.create_chat_token, "sessionDurationInMinutes", sessionDurationInMinutes=181, **token)
    invalid(client.create_chat_token, "attributes", attributes={"key": "v" * 1_025}, **token)
    invalid(client.send_event, "attributes", roomIdentifier=arn, eventName="e", attributes={"key": "v" * 1_025})
    invalid(client.delete_message, "id", roomIdentifier=arn, id="thirteen-char")
    invalid(client.disconnect_user, "reason", roomIdentifier=arn, userId="ada", reason="r" * 257)
    invalid(client.list_tags_for_resource, "resourceArn", resourceArn="lobby")
    invalid(client.tag_resource, "tags", resourceArn=arn, tags={str(number): "" for number in range(51)})
    invalid(client.untag_resource, "tagKeys", resourceArn=arn, tagKeys=["k" * 129])


@check
def a_review_handler_that_may_not_be_called_is_denied():
    handler = {"uri": f"{REVIEW_FUNCTION}-of-somebody-else"}
    refused(client.exceptions.AccessDeniedException, 403, client.create_room, messageReviewHandler=handler)


@check
def a_client_that_signs_for_another_service_is_turned_away():
    # As `ivschat` clients do by themselves. The gateway answers that in its own words, not the service in the model's.
    try:
        make_client().list_rooms()
    except ClientError as error:
        equal(error.response["Error"], {"Code": "403", "Message": "Forbidden"})
    else:
        raise AssertionError("it was not refused")


if __name__ == "__main__":
    run_checks()
