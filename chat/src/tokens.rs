//! The table of chat tokens. Its attribute names stand in this file and nowhere else.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem};
use parlor::{Aws, Error, variable};
use serde::Serialize;

use crate::{Attributes, Capability, ChatClaims, ChatSession, ChatToken, CreateChatToken, Time};

/// How long a token may open a connection. The documentation only says "a brief period"; tokens of the real service were
/// seen to live an hour, and the JavaScript SDK renews its connection a minute before this ends: well before API Gateway
/// closes it after two.
const TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);

const TOKEN_HASH: &str = "tokenHash";
const ROOM_ID: &str = "roomId";
const USER_ID: &str = "userId";
const CAPABILITIES: &str = "capabilities";
const ATTRIBUTES: &str = "attributes";
const SESSION_ENDS_AT: &str = "sessionEndsAt";
/// When the token can no longer be used, in seconds since the epoch; also the table's time to live.
const EXPIRES_AT: &str = "expiresAt";

type Row = HashMap<String, AttributeValue>;

/// What the issuer of a token learns (`CreateChatTokenResponse` of the ivschat model).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedToken {
    /// The secret for the client.
    pub token: String,
    /// Until when it opens a connection. SDK clients renew theirs before that.
    pub token_expiration_time: Time,
    /// When the session ends. API Gateway closes the connection after two hours, if that is earlier.
    pub session_expiration_time: Time,
}

/// The unspent tokens of a stack.
#[derive(Clone, Debug)]
pub struct Tokens {
    client: Client,
    table: String,
}

impl Tokens {
    /// The tokens in `table`, whose partition key is the text `tokenHash`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// The tokens in the table that `TOKENS_TABLE` names.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn from_environment(aws: &Aws) -> Result<Self, Error> {
        Ok(Self::new(aws.dynamodb().clone(), variable("TOKENS_TABLE")?))
    }

    /// Makes a token for a room that exists.
    ///
    /// # Errors
    /// The database failed.
    pub async fn issue(&self, request: CreateChatToken) -> Result<IssuedToken, Error> {
        let (token, now) = (ChatToken::random(), Time::now());
        let session_ends = now.whole_seconds_after(request.session_duration);
        let token_expires = now.whole_seconds_after(TOKEN_LIFETIME).min(session_ends);
        let claims = ChatClaims {
            token: token.fingerprint(),
            room_id: request.room.room_id().to_owned(),
            user_id: request.user_id,
            capabilities: request.capabilities,
            attributes: request.attributes,
        };
        let row = to_row(&token, &claims, session_ends, token_expires);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(row));
        match Box::pin(put.send()).await {
            Ok(_written) => Ok(IssuedToken {
                token: token.into_protocol(),
                token_expiration_time: token_expires,
                session_expiration_time: session_ends,
            }),
            Err(error) => Err(Error::database("keep a token")(error.into())),
        }
    }

    /// The session that a token would open: `None` if it is unknown, spent or expired.
    ///
    /// # Errors
    /// The database failed, or the token's row is not ours.
    pub async fn session(&self, token: &ChatToken) -> Result<Option<ChatSession>, Error> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(token))).consistent_read(true);
        let row = match Box::pin(get.send()).await {
            Ok(found) => found.item,
            Err(error) => return Err(Error::database("read a token")(error.into())),
        };
        let Some(row) = row else { return Ok(None) };
        let (session, expires) = from_row(token, &row).ok_or(Error::Row("the tokens table"))?;
        Ok((Time::now() < expires).then_some(session))
    }

    /// The write that spends a token: it fails if the token was spent already, or has expired. It belongs into one
    /// transaction with what the token pays for.
    ///
    /// # Errors
    /// None in practice: the SDK checks that a write has its table and its key.
    pub fn spending(&self, token: &ChatToken) -> Result<TransactWriteItem, Error> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key(token)))
            .condition_expression("#expiresAt > :now")
            .expression_attribute_names("#expiresAt", EXPIRES_AT)
            .expression_attribute_values(":now", AttributeValue::N(Time::now().seconds().to_string()));
        match delete.build() {
            Ok(delete) => Ok(TransactWriteItem::builder().delete(delete).build()),
            Err(error) => Err(Error::database("spend a token")(error.into())),
        }
    }
}

fn key(token: &ChatToken) -> Row {
    HashMap::from([(TOKEN_HASH.to_owned(), AttributeValue::S(token.hash()))])
}

fn to_row(token: &ChatToken, claims: &ChatClaims, session_ends: Time, expires: Time) -> Row {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let capabilities = claims.capabilities.iter().map(|capability| text(capability.name())).collect();
    let attributes = claims.attributes.iter().map(|(key, value)| (key.clone(), value.as_str().into()));
    // As JSON: a map of the table takes no empty key, but a map of attributes does.
    let attributes = serde_json::Value::Object(attributes.collect()).to_string();
    let mut row = key(token);
    row.insert(ROOM_ID.to_owned(), text(&claims.room_id));
    row.insert(USER_ID.to_owned(), text(&claims.user_id));
    row.insert(CAPABILITIES.to_owned(), AttributeValue::L(capabilities));
    row.insert(ATTRIBUTES.to_owned(), text(&attributes));
    row.insert(SESSION_ENDS_AT.to_owned(), AttributeValue::N(session_ends.seconds().to_string()));
    row.insert(EXPIRES_AT.to_owned(), AttributeValue::N(expires.seconds().to_string()));
    row
}

fn from_row(token: &ChatToken, row: &Row) -> Option<(ChatSession, Time)> {
    let text = |name| Some(row.get(name)?.as_s().ok()?.clone());
    let number = |name| row.get(name)?.as_n().ok()?.parse::<u64>().ok();
    let capabilities = row.get(CAPABILITIES)?.as_l().ok()?.iter();
    let capabilities = capabilities.map(|name| Capability::parse(name.as_s().ok()?)).collect::<Option<_>>()?;
    let attributes: Attributes = serde_json::from_str(&text(ATTRIBUTES)?).ok()?;
    let (room_id, user_id) = (text(ROOM_ID)?, text(USER_ID)?);
    let claims = ChatClaims { token: token.fingerprint(), room_id, user_id, capabilities, attributes };
    let session = ChatSession::new(claims, number(SESSION_ENDS_AT)?);
    Some((session, Time::from_seconds(number(EXPIRES_AT)?)))
}
