import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';

const TableName = process.env.TABLE_NAME;
const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export const handler = async (event) => {
  const { domainName, stage } = event.requestContext;
  const api = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
  const text = JSON.parse(event.body).data;

  const { Items } = await table.send(new ScanCommand({ TableName, ProjectionExpression: 'connectionId' }));
  await Promise.all(Items.map(async ({ connectionId }) => {
    try {
      await api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: text }));
    } catch (error) {
      if (error.$metadata?.httpStatusCode !== 410) throw error;
      console.log(`Found stale connection, deleting ${connectionId}`);
      await table.send(new DeleteCommand({ TableName, Key: { connectionId } }));
    }
  }));
  return { statusCode: 200, body: 'Data sent.' };
};
