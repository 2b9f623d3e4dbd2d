//! The protocols of `AWS::ApiGatewayV2::Api`.

/// What an API speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    /// Its generated resources have no attributes such as `Condition`, and its records replace those of other APIs.
    WebSocket,
}
