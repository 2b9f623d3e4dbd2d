//! Why a connection ends: what the client is told, and what `$disconnect` is told.

use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Utf8Bytes};

/// Says that a close frame had no code: RFC 6455, section 7.1.5.
const NO_STATUS: u16 = 1005;
/// Says that there was no close frame: RFC 6455, section 7.1.5.
const ABNORMAL: u16 = 1006;

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum Ending {
    /// The client sent a close frame, which the socket answers by itself.
    ClosedByClient(Option<CloseFrame>),
    /// `DELETE` on `@connections`.
    Deleted,
    /// Idle or alive for too long, or the gateway stops.
    GoingAway,
    /// The client sent a binary frame.
    Binary,
    /// The client sent far more messages than its functions could answer.
    TooMany,
    /// A frame or a message was larger than allowed.
    TooBig,
    /// A text was not UTF-8.
    InvalidText,
    /// The client broke the protocol.
    ProtocolViolation,
    /// The TCP connection broke, or the client did not read for too long.
    Dropped,
}

impl Ending {
    /// What an error of the reading side means.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Capacity(_) => Self::TooBig,
            Error::Utf8(_) => Self::InvalidText,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Dropped,
            Error::Protocol(_) => Self::ProtocolViolation,
            _ => Self::Dropped,
        }
    }

    /// The close frame to send, if it is ours to send one.
    pub(super) fn frame(&self) -> Option<CloseFrame> {
        let (code, reason) = self.initiated()?;
        Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) })
    }

    /// `disconnectStatusCode` and `disconnectReason`.
    pub(super) fn reported(&self) -> (u16, &str) {
        match (self, self.initiated()) {
            (_, Some((code, reason))) => (code.into(), reason),
            (Self::ClosedByClient(Some(frame)), None) => (frame.code.into(), frame.reason.as_str()),
            (Self::ClosedByClient(None), None) => (NO_STATUS, "Client-side close frame status not set"),
            (_, None) => (ABNORMAL, "Connection closed abnormally"),
        }
    }

    fn initiated(&self) -> Option<(CloseCode, &'static str)> {
        Some(match self {
            Self::ClosedByClient(_) | Self::Dropped => return None,
            Self::Deleted => (CloseCode::Normal, "Connection Closed Normally"),
            Self::GoingAway => (CloseCode::Away, "Going away"),
            Self::Binary => (CloseCode::Unsupported, "Binary frames are not supported"),
            Self::TooMany => (CloseCode::Policy, "Too many messages"),
            Self::TooBig => (CloseCode::Size, "Frame or message too big"),
            Self::InvalidText => (CloseCode::Invalid, "Text is not UTF-8"),
            Self::ProtocolViolation => (CloseCode::Protocol, "Protocol violation"),
        })
    }
}
