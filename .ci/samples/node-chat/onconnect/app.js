const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
const { DynamoDBDocumentClient, PutCommand } = require('@aws-sdk/lib-dynamodb');

const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));

exports.handler = async (event) => {
  try {
    await table.send(new PutCommand({
      TableName: process.env.TABLE_NAME,
      Item: { connectionId: event.requestContext.connectionId },
    }));
  } catch (error) {
    console.error(error);
    return { statusCode: 500, body: 'Failed to connect' };
  }
  return { statusCode: 200, body: 'Connected.' };
};
