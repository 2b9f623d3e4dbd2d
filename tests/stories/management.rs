//! `@connections` through the AWS SDK for Rust, in plain and through TLS.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use aws_sdk_apigatewaymanagement::config::retry::RetryConfig;
use aws_sdk_apigatewaymanagement::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_apigatewaymanagement::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_apigatewaymanagement::operation::RequestId;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use aws_sdk_apigatewaymanagement::{Client as Management, Error};
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};

use crate::harness::{AnsweringLambda, Client, Parlor, SignAs, Stack};

const TEMPLATE: &str = "examples/echo/template.yaml";
/// API Gateway's quota for a message, in bytes.
const LARGEST_BYTES: usize = 128 * 1024;

/// A stack whose new connections have known ids.
struct World {
    stack: Stack,
    lambda: AnsweringLambda,
}

impl World {
    async fn start() -> Self {
        let lambda = AnsweringLambda::start().await;
        let options = ["--template", TEMPLATE, "--require-signature"];
        let stack = Stack::ready(Parlor::start_elsewhere(lambda.endpoint(), &options)).await;
        Self { stack, lambda }
    }

    /// Opens a WebSocket: the client, and its connection id.
    async fn join(&self) -> (Client, String) {
        let client = self.stack.connect(&[]).await.expect("`$connect` returns 200");
        (client, self.lambda.connected().await)
    }

    /// The stage's endpoint, in plain and with TLS.
    fn endpoints(&self) -> [String; 2] {
        let plain = self.stack.management_url();
        [plain.to_owned(), plain.replace("http://", "https://")]
    }

    /// What a caller with the local keys sets, but for the endpoint.
    fn config(&self) -> Builder {
        self.config_without_keys().credentials_provider(self.stack.credentials())
    }

    /// Retries are off: a story sees the first answer.
    fn config_without_keys(&self) -> Builder {
        let authority = self.stack.addresses()["certificateAuthority"].as_str().expect("a file");
        let trusted = TrustStore::empty().with_pem_certificate(std::fs::read(authority).expect("a certificate"));
        let https = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(TlsContext::builder().with_trust_store(trusted).build().expect("a trust store"))
            .build_https();
        Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .retry_config(RetryConfig::disabled())
            .http_client(https)
    }

    /// A client with the local keys for each of [`Self::endpoints`].
    fn callers(&self) -> [Management; 2] {
        self.endpoints().map(|endpoint| caller(self.config(), &endpoint))
    }

    /// Fails unless all operations of such a client are rejected so, and change nothing.
    async fn rejects(&self, config: Builder, code: &str, words: &str) {
        for endpoint in self.endpoints() {
            self.rejects_at(&endpoint, config.clone(), code, words).await;
        }
    }

    async fn rejects_at(&self, endpoint: &str, config: Builder, code: &str, words: &str) {
        let (mut client, id) = self.join().await;
        for rejection in operations(&caller(config, endpoint), &id).await {
            assert_eq!((rejection.status, rejection.error.code()), (403, Some(code)), "{endpoint}: {rejection:?}");
            let is_forbidden = matches!(rejection.error, Error::ForbiddenException(_));
            assert_eq!(is_forbidden, code == "ForbiddenException", "{endpoint}: {rejection:?}");
            let message = rejection.error.message();
            assert!(message.is_some_and(|message| message.contains(words)), "{endpoint}: {rejection:?}");
            assert!(rejection.error.request_id().is_some(), "{endpoint}: {rejection:?}");
        }
        let [allowed, _] = self.callers();
        post(&allowed, &id, "the first text").await.expect("the connection is open");
        assert_eq!(client.next_text().await, "the first text");
    }
}

#[derive(Debug)]
struct Rejection {
    status: u16,
    error: Error,
}

fn caller(config: Builder, endpoint: &str) -> Management {
    Management::from_conf(config.endpoint_url(endpoint).build())
}

async fn post(caller: &Management, id: &str, data: impl Into<Vec<u8>>) -> Result<(), Rejection> {
    let posted = caller.post_to_connection().connection_id(id).data(Blob::new(data)).send().await;
    posted.map(|_nothing| ()).map_err(rejection)
}

/// What all three operations are rejected with.
async fn operations(caller: &Management, id: &str) -> [Rejection; 3] {
    [
        post(caller, id, "hello").await.expect_err("a rejection"),
        caller.get_connection().connection_id(id).send().await.map_err(rejection).expect_err("a rejection"),
        caller.delete_connection().connection_id(id).send().await.map_err(rejection).expect_err("a rejection"),
    ]
}

fn rejection<E>(error: SdkError<E>) -> Rejection
where
    E: Debug,
    Error: From<SdkError<E>>,
{
    let status = error.raw_response().unwrap_or_else(|| panic!("there is no answer: {error:?}")).status().as_u16();
    Rejection { status, error: error.into() }
}

#[tokio::test]
async fn a_connection_is_described_posted_to_and_deleted() {
    let world = World::start().await;
    for caller in world.callers() {
        let (mut client, id) = world.join().await;
        let get = || async { caller.get_connection().connection_id(&id).send().await.expect("it is open") };
        let first = get().await;
        let identity = first.identity().expect("an identity");
        // The SDK reads a required field that is null as an empty one: the client has sent no user agent.
        assert_eq!((identity.source_ip(), identity.user_agent()), (Some("127.0.0.1"), Some("")));
        let connected_at = *first.connected_at().expect("a time");
        for time in [connected_at, *first.last_active_at().expect("a time")] {
            let age = SystemTime::now().duration_since(SystemTime::try_from(time).expect("a time")).unwrap_or_default();
            assert!(age < Duration::from_secs(60), "{time:?} is not now");
        }

        for text in ["Zoë 🦀 \u{2028}", "", &"x".repeat(LARGEST_BYTES)] {
            post(&caller, &id, text).await.expect("it is open");
            assert_eq!(client.next_text().await, text);
        }

        let second = get().await;
        assert_eq!(second.connected_at(), Some(&connected_at));
        assert!(second.last_active_at() > Some(&connected_at), "{second:?}");

        caller.delete_connection().connection_id(&id).send().await.expect("it is open");
        assert_eq!(client.closes_with().await, 1000);
        for rejection in operations(&caller, &id).await {
            assert!(matches!(rejection.error, Error::GoneException(_)), "{rejection:?}");
            assert_eq!((rejection.status, rejection.error.code()), (410, Some("GoneException")));
        }
    }
}

#[tokio::test]
async fn a_malformed_id_is_a_bad_request_however_it_is_spelled() {
    let world = World::start().await;
    for caller in world.callers() {
        // The SDK encodes an id that is already encoded once more.
        for id in ["nonsense", "SOqGjdZioAMCEeg%3D", "a/b?c#d", "Zoë & 🦀"] {
            for rejection in operations(&caller, id).await {
                assert_eq!((rejection.status, rejection.error.code()), (400, Some("BadRequestException")));
                assert_eq!(rejection.error.message(), Some(&*format!("Invalid connectionId: {id}")));
            }
        }
    }
}

#[tokio::test]
async fn a_post_that_is_too_large_and_one_to_a_full_buffer_have_their_own_exceptions() {
    let world = World::start().await;
    for caller in world.callers() {
        let (_unread, id) = world.join().await;
        let rejection = post(&caller, &id, vec![b'x'; LARGEST_BYTES + 1]).await.expect_err("it is too large");
        assert!(matches!(rejection.error, Error::PayloadTooLargeException(_)), "{rejection:?}");
        assert_eq!((rejection.status, rejection.error.code()), (413, Some("PayloadTooLargeException")));

        // 64 MB are more than all buffers on the way hold.
        let mut posts = 0..512;
        let rejection = loop {
            posts.next().expect("a buffer has an end");
            if let Err(rejection) = post(&caller, &id, vec![b'x'; LARGEST_BYTES]).await {
                break rejection;
            }
        };
        assert!(matches!(rejection.error, Error::LimitExceededException(_)), "{rejection:?}");
        assert_eq!((rejection.status, rejection.error.code()), (429, Some("LimitExceededException")));
    }
}

#[tokio::test]
async fn a_wrong_stage_and_no_stage_are_forbidden() {
    let world = World::start().await;
    for endpoint in world.endpoints() {
        let address = endpoint.strip_suffix("/dev").expect("the stage of the template");
        for elsewhere in [format!("{address}/prod"), address.to_owned()] {
            world.rejects_at(&elsewhere, world.config(), "ForbiddenException", "Forbidden").await;
        }
    }
}

#[tokio::test]
async fn a_wrong_region_and_a_wrong_signing_name_are_invalid_signatures() {
    let world = World::start().await;
    let region = world.config().region(Region::new("eu-west-1"));
    let words = "Credential should be scoped to a valid region, not 'eu-west-1'. ";
    world.rejects(region, "InvalidSignatureException", words).await;

    let service = world.config().interceptor(SignAs("lambda"));
    let words = "Credential should be scoped to correct service: 'execute-api'. ";
    world.rejects(service, "InvalidSignatureException", words).await;
}

#[tokio::test]
async fn wrong_keys_and_no_keys_have_codes_of_their_own() {
    let world = World::start().await;
    for (access, secret, code, words) in [
        ("local", "wrong", "InvalidSignatureException", "The request signature we calculated does not match"),
        (
            "AKIAIOSFODNN7EXAMPLE",
            "wrong",
            "UnrecognizedClientException",
            "security token included in the request is invalid.",
        ),
        ("denied", "denied", "AccessDeniedException", "is not authorized to perform: execute-api:ManageConnections on"),
    ] {
        let keys = Credentials::new(access, secret, None, None, "story");
        world.rejects(world.config().credentials_provider(keys), code, words).await;
    }
    let anonymous = world.config_without_keys().allow_no_auth();
    world.rejects(anonymous, "MissingAuthenticationTokenException", "Missing Authentication Token").await;
}
