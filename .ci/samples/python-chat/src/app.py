import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["CONNECTIONS_TABLE"])


def connect(event, context):
    table.put_item(Item={"connectionId": event["requestContext"]["connectionId"]})
    return {"statusCode": 200}


def disconnect(event, context):
    table.delete_item(Key={"connectionId": event["requestContext"]["connectionId"]})
    return {"statusCode": 200}


def send_message(event, context):
    request = event["requestContext"]
    endpoint = "https://" + request["domainName"] + "/" + request["stage"]
    api = boto3.client("apigatewaymanagementapi", endpoint_url=endpoint)
    text = json.loads(event["body"])["data"]
    for item in table.scan()["Items"]:
        connection_id = item["connectionId"]
        try:
            api.post_to_connection(ConnectionId=connection_id, Data=text.encode("utf-8"))
        except api.exceptions.GoneException:
            print("Deleting stale connection", connection_id)
            table.delete_item(Key={"connectionId": connection_id})
    return {"statusCode": 200}


def count(event, context):
    return {"statusCode": 200, "body": json.dumps({"online": table.scan(Select="COUNT")["Count"]})}
